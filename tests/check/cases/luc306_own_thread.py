"""What LUC306 leaves alone, and what it finds."""

from tests.check.case import Invalid

VALID = (
    """
        import threading
        from lucid import LucidSession

        LOCK = threading.Lock()

        class MySession(LucidSession):
            async def run(self) -> None:
                frame = self.model.step()

        def prepare():
            threading.Thread(target=work).start()
        """,
)
INVALID = (
    Invalid(
        """
            import asyncio
            from lucid import LucidSession

            class MySession(LucidSession):
                async def run(self) -> None:
                    frame = await asyncio.to_thread(self.model.step)
            """,
        line=6,
        column=23,
    ),
    Invalid(
        """
            import asyncio
            from lucid import LucidSession

            class MySession(LucidSession):
                async def run(self) -> None:
                    loop = asyncio.get_running_loop()
                    frame = await loop.run_in_executor(None, self.model.step)
            """,
        line=7,
        column=23,
    ),
)
