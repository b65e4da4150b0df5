"""What LUC102 leaves alone, and what it finds."""

from tests.check.case import Invalid

VALID = (
    """
        from lucid import LucidSession, input

        class MySession(LucidSession):
            @input()
            def jump(self) -> None: ...

        class Other(MySession):
            @input()
            def jump(self) -> None: ...
        """,
    """
        from lucid import LucidSession, input

        class MySession(LucidSession):
            if FAST:
                @input()
                def jump(self) -> None: ...
            else:
                @input()
                def jump(self) -> None: ...
        """,
)
INVALID = (
    Invalid(
        """
            from lucid import LucidSession, input

            class MySession(LucidSession):
                @input()
                def jump(self) -> None: ...

                @input()
                def jump(self) -> None: ...
            """,
        line=8,
        column=9,
    ),
)
