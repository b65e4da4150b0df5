"""What LUC001 leaves alone, and what it finds."""

from tests.check.case import Invalid

VALID = ("x = (1, 2)", "", "async def f():\n    await g()")
INVALID = (
    Invalid("x = (1, 2", line=1, column=5),
    Invalid("def run(self)\n    pass", line=1, column=14),
    Invalid("def run(self):\n    await self.ctx.wait_if_paused()", line=2, column=5),
)
