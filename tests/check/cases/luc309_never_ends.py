"""What LUC309 leaves alone, and what it finds."""

from tests.check.case import Invalid

VALID = (
    """
        from lucid import LucidSession

        class MySession(LucidSession):
            async def run(self) -> None:
                while self.ctx.running:
                    await self.ctx.publish("main_video", self.frame())
                while True:
                    await self.ctx.publish("main_video", self.frame())
                    if self.done:
                        break
        """,
)
INVALID = (
    Invalid(
        """
            from lucid import LucidSession

            class MySession(LucidSession):
                async def run(self) -> None:
                    while True:
                        await self.ctx.publish("main_video", self.frame())
            """,
        line=5,
        column=9,
        fix=("True", "self.ctx.running"),
    ),
)
