"""What LUC120 leaves alone, and what it finds."""

from tests.check.case import Invalid

VALID = (
    """
        from lucid import LucidSession, input, pointer, wheel

        class MySession(LucidSession):
            @input(binding=pointer())
            def look(self, dx: float, dy: float) -> None:
                self.dx_px += dx

            @input(binding=wheel())
            def zoom(self, delta: float) -> None:
                self.model.camera.zoom(delta)

            def take_action(self):
                turn, self.dx_px = self.dx_px, 0.0
                return turn

            async def run(self) -> None:
                await self.ctx.publish("main_video", self.model.step(self.take_action()))
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

                async def run(self) -> None:
                    while self.ctx.running:
                        await self.ctx.publish("main_video", self.model.step(self.dx_px))
            """,
        line=5,
        column=9,
    ),
)
