"""What LUC113 leaves alone, and what it finds."""

from tests.check.case import Invalid

VALID = (
    """
        from lucid import LucidSession, input

        class MySession(LucidSession):
            @input()
            def jump(self) -> None: ...

            def _land(self) -> None: ...
        """,
)
INVALID = (
    Invalid(
        """
            from lucid import LucidSession, input

            class MySession(LucidSession):
                @input()
                def _jump(self) -> None: ...
            """,
        line=5,
        column=9,
    ),
)
