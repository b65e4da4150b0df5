"""Wait for conditions instead of sleeping. A passing test never waits for the whole limit."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

LIMIT_S = 60.0
"""The default time limit, long enough for a busy machine."""


async def until(condition: Callable[[], bool], limit_s: float = LIMIT_S) -> None:
    """Check every 10 ms until the condition is true.

    Raises:
        TimeoutError: The condition was not true in time.
    """
    async with asyncio.timeout(limit_s):
        while not condition():  # noqa: ASYNC110 - another thread or process makes it true
            await asyncio.sleep(0.01)


async def quiet(count: Callable[[], int], for_s: float = 0.3, limit_s: float = LIMIT_S) -> None:
    """Wait until a count has not changed for ``for_s`` seconds.

    Raises:
        TimeoutError: The count still changes after ``limit_s`` seconds.
    """
    async with asyncio.timeout(limit_s):
        before = -1
        while (now := count()) != before:
            before = now
            await asyncio.sleep(for_s)
