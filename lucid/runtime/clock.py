"""The clock that paces sessions. Tests and conformance checks pass a faster one."""

import asyncio
import time
from typing import Protocol


class Clock(Protocol):
    """Tells the time, and waits for a point in time."""

    def now_s(self) -> float:
        """Return the time in seconds; it never goes back."""

    async def wait(self, event: asyncio.Event, until_s: float) -> None:
        """Return when the event is set, or at ``until_s``."""


class MonotonicClock:
    """The monotonic clock of this machine."""

    def now_s(self) -> float:
        """See Clock."""
        return time.monotonic()

    async def wait(self, event: asyncio.Event, until_s: float) -> None:
        """See Clock."""
        try:
            async with asyncio.timeout(until_s - time.monotonic()):
                await event.wait()
        except TimeoutError:
            return


MONOTONIC = MonotonicClock()
