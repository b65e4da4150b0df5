"""What LUC112 leaves alone, and what it finds."""

from tests.check.case import Invalid

VALID = (
    """
        from lucid import LucidSession, input

        class MySession(LucidSession):
            @input()
            def jump(self) -> None: ...
        """,
    "class MySession:\n    @input\n    def jump(self) -> None: ...",
)
INVALID = (
    Invalid(
        """
            import lucid

            class MySession(lucid.LucidSession):
                @lucid.input
                def jump(self) -> None: ...
            """,
        line=4,
        column=6,
        fix=("lucid.input", "lucid.input()"),
    ),
)
