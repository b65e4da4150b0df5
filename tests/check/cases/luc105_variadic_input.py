"""What LUC105 leaves alone, and what it finds."""

from tests.check.case import Invalid

VALID = (
    """
        from lucid import LucidSession, input

        class MySession(LucidSession):
            @input()
            def tune(self, /, a: int, *, b: int = 0) -> None: ...

            def other(self, *args, **kwargs): ...
        """,
)
INVALID = (
    Invalid(
        """
            from lucid import LucidSession, input

            class MySession(LucidSession):
                @input()
                def tune(self, **settings: float) -> None: ...
            """,
        line=5,
        column=22,
    ),
    Invalid(
        """
            from lucid import LucidSession, input

            class MySession(LucidSession):
                @input()
                def tune(self, a: int, /) -> None: ...
            """,
        line=5,
        column=20,
    ),
)
