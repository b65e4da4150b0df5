"""What LUC208 leaves alone, and what it finds."""

from tests.check.case import Invalid

VALID = (
    """
        from lucid import LucidModel, publish

        class MyModel(LucidModel):
            outputs = (publish.json(name="score"), publish.json(name="map"))
        """,
)
INVALID = (
    Invalid(
        """
            from lucid import LucidModel, publish

            class MyModel(LucidModel):
                outputs = (publish.json(name="score"), publish.audio(name="score"))
            """,
        line=4,
        column=63,
    ),
)
