"""What LUC304 leaves alone, and what it finds."""

from tests.check.case import Invalid

VALID = (
    """
        import asyncio
        from lucid import LucidSession

        class MySession(LucidSession):
            async def run(self) -> None:
                while self.ctx.running:
                    try:
                        await self.ctx.publish("main_video", self.frame())
                    except ValueError:
                        pass
                    except asyncio.CancelledError:
                        self.log()
                        raise
                    try:
                        self.step()
                    except:
                        self.reset()
        """,
)
INVALID = (
    Invalid(
        """
            from lucid import LucidSession

            class MySession(LucidSession):
                async def run(self) -> None:
                    while True:
                        try:
                            await self.ctx.publish("main_video", self.frame())
                        except:
                            self.reset()
            """,
        line=8,
        column=13,
        fix=("except:", "except Exception:"),
    ),
    Invalid(
        """
            from asyncio import CancelledError
            from lucid import LucidSession

            class MySession(LucidSession):
                async def run(self) -> None:
                    try:
                        await self.ctx.publish("main_video", self.frame())
                    except CancelledError:
                        pass
            """,
        line=8,
        column=9,
    ),
)
