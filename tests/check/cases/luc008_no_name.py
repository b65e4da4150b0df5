"""What LUC008 leaves alone, and what it finds."""

from tests.check.case import Invalid

VALID = (
    "from lucid import LucidModel\nclass MyModel(LucidModel):\n    name = NAME",
    "from lucid import LucidModel\n@named\nclass MyModel(LucidModel): ...",
)
INVALID = (
    Invalid("from lucid import LucidModel\nclass MyModel(LucidModel): ...", line=2, column=7),
    Invalid(
        'from lucid import LucidModel\nclass MyModel(LucidModel):\n    name = ""',
        line=3,
        column=12,
    ),
)
