"""What LUC407 leaves alone, and what it finds."""

from tests.check.case import Invalid

VALID = (
    """
        from lucid import LucidModel, LucidSession

        class MySession(LucidSession):
            def __init__(self, model, ctx) -> None:
                super().__init__(model, ctx)

        class MyModel(LucidModel):
            def __init__(self, *args, **kwargs) -> None:
                LucidModel.__init__(self, *args, **kwargs)
        """,
)
INVALID = (
    Invalid(
        """
            from lucid import LucidSession

            class MySession(LucidSession):
                def __init__(self, model, ctx) -> None:
                    self.held = set()
            """,
        line=4,
        column=9,
        fix=(
            "        self.held",
            "        super().__init__(model, ctx)\n        self.held",
        ),
    ),
    Invalid(
        """
            from lucid import LucidModel

            class MyModel(LucidModel):
                def __init__(self, settings) -> None:
                    self.settings = settings
            """,
        line=4,
        column=9,
    ),
)
