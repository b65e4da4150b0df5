"""Wait for a condition, never for a time. A generous limit costs nothing when the test passes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

LIMIT_S = 60.0
"""How long a wait may take on a machine that is busy with other things."""


async def until(condition: Callable[[], bool], limit_s: float = LIMIT_S) -> None:
    """Look every 10 ms whether the condition holds.

    Raises:
        TimeoutError: it did not hold in time.
    """
    async with asyncio.timeout(limit_s):
        while not condition():  # noqa: ASYNC110 - another thread or process makes it true
            await asyncio.sleep(0.01)


async def quiet(count: Callable[[], int], for_s: float = 0.3, limit_s: float = LIMIT_S) -> None:
    """Wait until a count has stayed the same for a while.

    Raises:
        TimeoutError: it went on changing.
    """
    async with asyncio.timeout(limit_s):
        before = -1
        while (now := count()) != before:
            before = now
            await asyncio.sleep(for_s)
