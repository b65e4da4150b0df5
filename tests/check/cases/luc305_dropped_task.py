"""What LUC305 leaves alone, and what it finds."""

from tests.check.case import Invalid

VALID = (
    """
        import asyncio

        async def run(self):
            self.task = asyncio.create_task(self.watch())
            await asyncio.create_task(self.watch())
        """,
)
INVALID = (
    Invalid(
        "import asyncio\nasync def run(self):\n    asyncio.create_task(self.watch())",
        line=3,
        column=5,
    ),
)
