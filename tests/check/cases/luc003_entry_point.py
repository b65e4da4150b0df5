"""What LUC003 leaves alone, and what it finds."""

from tests.check.case import Invalid

VALID = (
    "from lucid import LucidModel\nclass MyModel(LucidModel): ...",
    "from somewhere import MyModel",
    "MyModel = make_model()",
    "from somewhere import *",
)
INVALID = (
    Invalid("from lucid import LucidModel\nclass MyWorld(LucidModel): ...", line=2, column=8),
    Invalid(
        """
            from lucid import LucidModel

            class MyModel: ...

            class MyWorld(LucidModel): ...
            """,
        line=2,
        column=8,
    ),
)
