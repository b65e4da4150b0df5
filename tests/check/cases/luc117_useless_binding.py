"""What LUC117 leaves alone, and what it finds."""

from tests.check.case import Invalid

VALID = (
    """
        from lucid import LucidSession, axis, hold, input, press

        class MySession(LucidSession):
            @input(binding=hold(mouse_buttons=(0,)))
            def grab(self, pressed: bool) -> None: ...

            @input(binding=press(keys=KEYS))
            def jump(self) -> None: ...

            @input(binding=axis(positive_keys=("KeyE",), negative_keys=("KeyQ",)))
            def lean(self, value: float) -> None: ...
        """,
)
INVALID = (
    Invalid(
        """
            from lucid import LucidSession, hold, input

            class MySession(LucidSession):
                @input(binding=hold())
                def forward(self, pressed: bool) -> None: ...
            """,
        line=4,
        column=20,
    ),
    Invalid(
        """
            from lucid import LucidSession, axis, input

            class MySession(LucidSession):
                @input(binding=axis(positive_keys=("KeyE",), negative_keys=("KeyQ", "KeyE")))
                def lean(self, value: float) -> None: ...
            """,
        line=4,
        column=20,
    ),
    Invalid(
        """
            from lucid import LucidSession, input, press

            class MySession(LucidSession):
                @input(binding=press(mouse_buttons=(7,)))
                def fire(self) -> None: ...
            """,
        line=4,
        column=20,
    ),
)
