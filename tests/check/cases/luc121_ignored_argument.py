"""What LUC121 leaves alone, and what it finds."""

from tests.check.case import Invalid

VALID = (
    """
        from lucid import LucidSession, hold, input, pointer

        class MySession(LucidSession):
            @input(binding=hold(keys=("KeyW",)))
            def forward(self, pressed: bool) -> None:
                self.forward_held = pressed

            @input(binding=pointer())
            def look(self, dx: float, dy: float) -> None:
                self.dx_px += dx

            @input()
            def later(self, value: int) -> None: ...
        """,
)
INVALID = (
    Invalid(
        """
            from lucid import LucidSession, hold, input

            class MySession(LucidSession):
                @input(binding=hold(keys=("KeyW",)))
                def forward(self, pressed: bool) -> None:
                    self.held.add("forward")
            """,
        line=5,
        column=23,
    ),
)
