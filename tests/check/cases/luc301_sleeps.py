"""What LUC301 leaves alone, and what it finds."""

from tests.check.case import Invalid

VALID = (
    """
        import asyncio
        import time
        from lucid import LucidModel, LucidSession

        class MySession(LucidSession):
            async def run(self) -> None:
                await asyncio.sleep(0.1)

        class MyModel(LucidModel):
            def load(self, ctx) -> None:
                time.sleep(1)
        """,
)
INVALID = (
    Invalid(
        """
            import asyncio
            from time import sleep as nap
            from lucid import LucidSession

            class MySession(LucidSession):
                async def run(self) -> None:
                    while self.ctx.running:
                        nap(1 / 30)
            """,
        line=8,
        column=13,
        fix=("nap(1", "await asyncio.sleep(1"),
    ),
    Invalid(
        """
            import time
            from lucid import LucidSession

            class MySession(LucidSession):
                def on_key(self) -> None:
                    time.sleep(0.5)
            """,
        line=6,
        column=9,
    ),
)
