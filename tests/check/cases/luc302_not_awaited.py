"""What LUC302 leaves alone, and what it finds."""

from tests.check.case import Invalid

VALID = (
    """
        from lucid import LucidSession

        class MySession(LucidSession):
            async def run(self) -> None:
                await self.ctx.publish("main_video", self.frame())
                waiting = self.ctx.publish("score", 1)
                await waiting
        """,
)
INVALID = (
    Invalid(
        """
            from lucid import LucidSession

            class MySession(LucidSession):
                async def run(self) -> None:
                    while self.ctx.running:
                        self.ctx.publish("main_video", self.frame())
            """,
        line=6,
        column=13,
        fix=("self.ctx.publish", "await self.ctx.publish"),
    ),
    Invalid(
        """
            from lucid import LucidSession

            class MySession(LucidSession):
                def show(self) -> None:
                    self.ctx.publish("main_video", self.frame())
            """,
        line=5,
        column=9,
    ),
)
