"""What LUC116 leaves alone, and what it finds."""

from tests.check.case import Invalid

VALID = (
    """
        from lucid import LucidSession, hold, input

        class MySession(LucidSession):
            @input(binding=hold(keys=("Tab", "F1", "AltLeft")))
            def look_back(self, pressed: bool) -> None: ...
        """,
)
INVALID = (
    Invalid(
        """
            from lucid import LucidSession, input, press

            class MySession(LucidSession):
                @input(binding=press(keys=("Escape",)))
                def leave(self) -> None: ...
            """,
        line=4,
        column=32,
    ),
)
