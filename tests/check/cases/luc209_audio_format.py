"""What LUC209 leaves alone, and what it finds."""

from tests.check.case import Invalid

VALID = (
    """
        from lucid import LucidModel, publish

        class MyModel(LucidModel):
            outputs = (publish.audio(name="sound", sample_rate_hz=24_000, channels=2),)
        """,
)
INVALID = (
    Invalid(
        """
            from lucid import LucidModel, publish

            class MyModel(LucidModel):
                outputs = (publish.audio(name="sound", sample_rate_hz=22_050),)
            """,
        line=4,
        column=59,
    ),
)
