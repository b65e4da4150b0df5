"""What LUC415 leaves alone, and what it finds."""

from tests.check.case import Invalid

VALID = (
    """
        from lucid import LucidModel, LucidSession

        class MySession(LucidSession):
            def __init__(self, model, ctx) -> None:
                self.model, self.ctx = model, ctx
                self.model: MyModel = model

            async def run(self) -> None: ...

            def close(self) -> None:
                self.model = None

        class MyModel(LucidModel):
            def __init__(self, config) -> None:
                super().__init__(config)
                self.config = {}
                self.model = None

            def model(self) -> None: ...
        """,
)
INVALID = (
    Invalid(
        """
            from lucid import LucidSession, input

            class MySession(LucidSession):
                @input()
                def model(self, name: str) -> None: ...
            """,
        line=5,
        column=9,
    ),
    Invalid(
        """
            from lucid import LucidSession

            class MySession(LucidSession):
                def ctx(self): ...
            """,
        line=4,
        column=9,
    ),
    Invalid(
        """
            from lucid import LucidSession, input

            class MySession(LucidSession):
                @input()
                def close(self) -> None: ...
            """,
        line=5,
        column=9,
    ),
    Invalid(
        """
            from lucid import LucidSession

            class MySession(LucidSession):
                def __init__(self, model, ctx) -> None:
                    super().__init__(model, ctx)
                    self.ctx = {}
            """,
        line=6,
        column=9,
    ),
    Invalid(
        """
            from lucid import LucidSession

            class MySession(LucidSession):
                async def run(self) -> None:
                    self.snapshot: bytes = b""
            """,
        line=5,
        column=9,
    ),
    Invalid(
        """
            from lucid import LucidModel

            class MyModel(LucidModel):
                def config(self): ...
            """,
        line=4,
        column=9,
    ),
)
