"""What LUC110 leaves alone, and what it finds."""

from tests.check.case import Invalid

VALID = (
    """
        from lucid import LucidSession, hold, input, press

        class Walk(LucidSession):
            @input(binding=hold(keys=("KeyW", "KeyW"), mouse_buttons=(0,)))
            def forward(self, pressed: bool) -> None: ...

            @input(binding=press(keys=("Digit0",)))
            def jump(self) -> None: ...

        class Fly(Walk):
            @input(binding=press(keys=("KeyW",)))
            def forward(self) -> None: ...

            def jump(self) -> None: ...

            @input(binding=press(keys=("Digit0",)))
            def dive(self) -> None: ...

        class Swim(LucidSession):
            @input(binding=press(keys=("KeyW",)))
            def stroke(self) -> None: ...
        """,
)
INVALID = (
    Invalid(
        """
            from lucid import LucidSession, hold, input, press

            class MySession(LucidSession):
                @input(binding=hold(keys=("KeyW", "ArrowUp")))
                def forward(self, pressed: bool) -> None: ...

                @input(binding=press(keys=("ArrowUp",)))
                def jump(self) -> None: ...
            """,
        line=7,
        column=20,
    ),
    Invalid(
        """
            import lucid

            class Base(lucid.LucidSession):
                @lucid.input(binding=lucid.press(mouse_buttons=(2,)))
                def fire(self) -> None: ...

            class MySession(Base):
                @lucid.input(binding=lucid.press(mouse_buttons=(2,)))
                def shoot(self) -> None: ...
            """,
        line=8,
        column=26,
    ),
)
