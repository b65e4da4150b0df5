"""What LUC204 leaves alone, and what it finds."""

from tests.check.case import Invalid

VALID = (
    """
        from lucid import LucidModel, publish

        WIDTH, HEIGHT = 2 * 32, 64

        class MyModel(LucidModel):
            outputs = (
                publish.video(name="a", width=WIDTH, height=HEIGHT, fps=60 / 4, layout="CHW"),
                publish.video(name="b", width=pick(), height=16),
            )
        """,
)
INVALID = (
    Invalid(
        """
            from lucid import LucidModel, publish

            WIDTH, HEIGHT = 853, 480

            class MyModel(LucidModel):
                outputs = (publish.video(name="main_video", width=WIDTH, height=HEIGHT),)
            """,
        line=6,
        column=55,
    ),
    Invalid(
        """
            from lucid import LucidModel, publish

            class MyModel(LucidModel):
                outputs = (publish.video(name="a", width=64, height=64, layout="hwc"),)
            """,
        line=4,
        column=68,
    ),
)
