"""What LUC201 leaves alone, and what it finds."""

from tests.check.case import Invalid

VALID = (
    """
        from lucid import LucidModel, publish

        class MyModel(LucidModel):
            outputs = (publish.json(name="score"),)
        """,
    """
        from lucid import LucidModel
        from settings import OUTPUTS

        class MyModel(LucidModel):
            outputs = OUTPUTS
        """,
    """
        from lucid import LucidModel

        class MyModel(LucidModel):
            outputs = make_outputs(640, 360)
        """,
)
INVALID = (
    Invalid("from lucid import LucidModel\nclass MyModel(LucidModel): ...", line=2, column=7),
    Invalid(
        "from lucid import LucidModel\nclass MyModel(LucidModel):\n    outputs = ()",
        line=2,
        column=7,
    ),
    Invalid(
        """
            from lucid import LucidModel, publish

            class MyModel(LucidModel):
                outputs = (publish.json(name="score"))
            """,
        line=4,
        column=16,
    ),
)
