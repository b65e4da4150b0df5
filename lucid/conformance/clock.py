"""A clock that stands still until it is told to go on: sessions play step by step, in no time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

START_S = -1e9
"""Before any real time, so that a host shows every frame at once."""


class SteppedClock:
    """Paces sessions on the model's thread; the driver's loop says when the next step may start.

    A session that has published its frames waits here for its next step: it is *parked*. While it
    is, nothing happens in it, so what is sent now is applied before exactly that step.
    """

    def __init__(self) -> None:
        self._driver = asyncio.get_running_loop()
        self._now_s = START_S
        self._parked: dict[asyncio.Event, tuple[asyncio.AbstractEventLoop, float]] = {}
        self._on_news: list[Callable[[], None]] = []

    # --- on the driver's loop ---------------------------------------------------------------

    def subscribe(self, on_news: Callable[[], None]) -> None:
        """Be told when a session parks or goes on."""
        self._on_news.append(on_news)

    @property
    def parked(self) -> int:
        """How many sessions wait for their next step."""
        return sum(until_s > self._now_s for _, until_s in self._parked.values())

    def advance(self) -> None:
        """Let every parked session make its next step."""
        if not self._parked:
            return
        self._now_s = max(self._now_s, *(until_s for _, until_s in self._parked.values()))
        for event, (loop, _) in self._parked.items():
            if not loop.is_closed():
                loop.call_soon_threadsafe(event.set)

    # --- on the model's thread --------------------------------------------------------------

    def now_s(self) -> float:
        """The time of the last advance."""
        return self._now_s

    async def wait(self, event: asyncio.Event, until_s: float) -> None:
        """Park; an input wakes the session too, and it parks again."""
        loop = asyncio.get_running_loop()
        self._driver.call_soon_threadsafe(self._park, event, loop, until_s)
        try:
            await event.wait()
        finally:
            if not self._driver.is_closed():
                self._driver.call_soon_threadsafe(self._leave, event)

    def _park(self, event: asyncio.Event, loop: asyncio.AbstractEventLoop, until_s: float) -> None:
        self._parked[event] = (loop, until_s)
        if until_s <= self._now_s:  # the clock went on meanwhile
            loop.call_soon_threadsafe(event.set)
        self._tell()

    def _leave(self, event: asyncio.Event) -> None:
        self._parked.pop(event, None)
        self._tell()

    def _tell(self) -> None:
        for on_news in self._on_news:
            on_news()
