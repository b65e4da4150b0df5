"""A clock that moves only when it is advanced, so that sessions play step by step."""

import asyncio
from collections.abc import Callable

START_S = -1e9
"""Earlier than any real time, so that a host shows every frame at once."""


class SteppedClock:
    """Paces sessions on the model's thread. ``advance`` on the driver's loop starts the next step.

    A session that has published its frames waits here for its next step: it is *parked*. Nothing
    happens in a parked session, so inputs that are sent now are applied before exactly that step.
    """

    def __init__(self) -> None:
        self._driver = asyncio.get_running_loop()
        self._now_s = START_S
        self._parked: dict[asyncio.Event, tuple[asyncio.AbstractEventLoop, float]] = {}
        self._subscribers: list[Callable[[], None]] = []

    # --- on the driver's loop ---------------------------------------------------------------

    def subscribe(self, callback: Callable[[], None]) -> None:
        """Call back when a session parks or continues."""
        self._subscribers.append(callback)

    @property
    def parked(self) -> int:
        """The number of sessions that wait for their next step."""
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
        """Return the time of the last advance."""
        return self._now_s

    async def wait(self, event: asyncio.Event, until_s: float) -> None:
        """Park. An input wakes the session too, and it parks again."""
        loop = asyncio.get_running_loop()
        self._driver.call_soon_threadsafe(self._park, event, loop, until_s)
        try:
            await event.wait()
        finally:
            if not self._driver.is_closed():
                self._driver.call_soon_threadsafe(self._leave, event)

    def _park(self, event: asyncio.Event, loop: asyncio.AbstractEventLoop, until_s: float) -> None:
        self._parked[event] = (loop, until_s)
        if until_s <= self._now_s:  # the clock advanced meanwhile
            loop.call_soon_threadsafe(event.set)
        self._notify()

    def _leave(self, event: asyncio.Event) -> None:
        self._parked.pop(event, None)
        self._notify()

    def _notify(self) -> None:
        for callback in self._subscribers:
            callback()
