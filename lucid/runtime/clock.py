"""The time that paces sessions: an argument, so that a test or a check need not wait for it."""

from __future__ import annotations

import asyncio
import time
from typing import Protocol


class Clock(Protocol):
    """What a session is paced by."""

    def now_s(self) -> float:
        """The time, on a scale that only goes up."""

    async def wait(self, event: asyncio.Event, until_s: float) -> None:
        """Return once the event is set, or not before ``until_s``."""


class MonotonicClock:
    """The machine's own."""

    def now_s(self) -> float:
        """Seconds of the monotonic clock."""
        return time.monotonic()

    async def wait(self, event: asyncio.Event, until_s: float) -> None:
        """See Clock."""
        try:
            async with asyncio.timeout(until_s - time.monotonic()):
                await event.wait()
        except TimeoutError:
            return


MONOTONIC = MonotonicClock()
