"""What LUC308 leaves alone, and what it finds."""

from tests.check.case import Invalid

VALID = (
    """
        import asyncio
        from lucid import LucidSession

        class MySession(LucidSession):
            async def run(self) -> None:
                await self.ctx.wait_if_paused()
                while self.ctx.is_paused():
                    self.idle()
                    await asyncio.sleep(0.1)
        """,
)
INVALID = (
    Invalid(
        """
            import asyncio
            from lucid import LucidSession

            class MySession(LucidSession):
                async def run(self) -> None:
                    while self.ctx.is_paused():
                        await asyncio.sleep(0.1)
                    self.step()
            """,
        line=6,
        column=9,
        fix=(
            "while self.ctx.is_paused():\n            await asyncio.sleep(0.1)",
            "await self.ctx.wait_if_paused()",
        ),
    ),
)
