"""What LUC414 leaves alone, and what it finds."""

from tests.check.case import Invalid

VALID = (
    """
    from lucid import LucidModel, LucidSession

    class MySession(LucidSession):
        def __init__(self, model, ctx, speed=1.0) -> None:
            super().__init__(model, ctx)

        async def close(self, *, quietly=True) -> None: ...

    class MyModel(LucidModel):
        def __init__(self, *args) -> None:
            super().__init__(*args)

        @staticmethod
        def load(ctx) -> None: ...
    """,
)
INVALID = (
    Invalid(
        """
        from lucid import LucidModel

        class MyModel(LucidModel):
            def load(self): ...
        """,
        line=4,
        column=9,
    ),
    Invalid(
        """
        from lucid import LucidModel

        class MyModel(LucidModel):
            def unload(self, ctx): ...
        """,
        line=4,
        column=9,
    ),
    Invalid(
        """
        from lucid import LucidModel

        class MyModel(LucidModel):
            def create_session(self): ...
        """,
        line=4,
        column=9,
    ),
    Invalid(
        """
        from lucid import LucidSession

        class MySession(LucidSession):
            async def close(self, *, why): ...
        """,
        line=4,
        column=15,
    ),
    Invalid(
        """
        from lucid import LucidSession

        class MySession(LucidSession):
            def __init__(self, ctx) -> None:
                super().__init__(None, ctx)
        """,
        line=4,
        column=9,
    ),
)
