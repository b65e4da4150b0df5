"""What LUC106 leaves alone, and what it finds."""

from tests.check.case import Invalid

VALID = (
    """
        from typing import Annotated
        from lucid import LucidSession, axis, hold, input, pointer, press, wheel

        LOOK = pointer()

        class MySession(LucidSession):
            @input(binding=hold(keys=("KeyW",)))
            def forward(self, pressed: bool) -> None: ...

            @input(binding=press(mouse_buttons=(0,)))
            async def fire(self, /) -> None: ...

            @input(binding=axis(positive_keys=("KeyE",), negative_keys=("KeyQ",)))
            def lean(self, value: Annotated[float, "in -1..1"]) -> None: ...

            @input(binding=LOOK)
            def look(self, dx: "float", dy: Pixels) -> None: ...

            @input(binding=wheel())
            def zoom(self, delta) -> None: ...

            @input(binding=make_binding())
            def other(self, whatever: int) -> None: ...
        """,
)
INVALID = (
    Invalid(
        """
            from lucid import LucidSession, hold, input

            class MySession(LucidSession):
                @input(binding=hold(keys=("KeyW",)))
                def forward(self) -> None: ...
            """,
        line=5,
        column=9,
        fix=("(self)", "(self, pressed: bool)"),
    ),
    Invalid(
        """
            from lucid import LucidSession, hold, input

            class MySession(LucidSession):
                @input(binding=hold(keys=("KeyW",)))
                def forward(pressed: bool) -> None: ...
            """,
        line=5,
        column=9,
    ),
    Invalid(
        """
            import lucid

            LOOK = lucid.pointer()

            class MySession(lucid.LucidSession):
                @lucid.input(binding=LOOK)
                def look(self, dx: int, dy: float) -> None: ...
            """,
        line=7,
        column=9,
        fix=("dx: int", "dx: float"),
    ),
    Invalid(
        """
            from lucid import LucidSession, input, press

            class MySession(LucidSession):
                @input(binding=press(keys=("Space",)))
                def jump(self, *args) -> None: ...
            """,
        line=5,
        column=9,
    ),
)
