"""What LUC118 leaves alone, and what it finds."""

from tests.check.case import Invalid, Valid

_WAYPOINT = {"family": "waypoint"}

VALID = (
    Valid(
        """
            from lucid import LucidSession, input, pointer

            class MySession(LucidSession):
                @input(binding=pointer())
                def look(self, dx: float, dy: float) -> None:
                    self.dx_px += dx
                    self.dy_px += dy

                async def run(self) -> None:
                    action = Action(mouse=mouse_velocity(self.dx_px, self.dy_px))
                    other = Action(mouse=(self.dx_px * 0.01, self.dy_px * 0.01))
            """,
        _WAYPOINT,
    ),
    """
        from lucid import LucidSession, input, pointer

        class MySession(LucidSession):
            @input(binding=pointer())
            def look(self, dx: float, dy: float) -> None:
                self.dx_px += dx
                self.dy_px += dy

            async def run(self) -> None:
                action = Action(mouse=(self.dx_px, self.dy_px))
        """,
)
INVALID = (
    Invalid(
        """
            from lucid import LucidSession, input, pointer

            class MySession(LucidSession):
                @input(binding=pointer())
                def look(self, dx: float, dy: float) -> None:
                    self.dx_px += dx
                    self.dy_px += dy

                def take_action(self) -> Action:
                    return Action(mouse=(self.dx_px, self.dy_px))

                async def run(self) -> None:
                    frame = self.model.step(self.take_action())
            """,
        line=10,
        column=29,
        lock=_WAYPOINT,
    ),
    Invalid(
        """
            from lucid import LucidSession, input, pointer
            from world_engine import CtrlInput

            class MySession(LucidSession):
                @input(binding=pointer())
                def look(self, dx: float, dy: float) -> None:
                    self.mouse = (dx, dy)

                async def run(self) -> None:
                    ctrl = CtrlInput(mouse=self.mouse)
            """,
        line=10,
        column=32,
    ),
)
