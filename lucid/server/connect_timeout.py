"""Limit how long a page may take to connect its media."""

import asyncio
from collections.abc import Callable
from typing import Protocol

WARN_S = 15.0
"""A page without an open data channel gets a warning after this time."""
GIVE_UP_S = 30.0
"""Its session ends after this time, so that another player can start."""


class Timer(Protocol):
    """A scheduled call."""

    def cancel(self) -> None:
        """Cancel the call."""


CallLater = Callable[[float, Callable[[], None]], Timer]
"""Calls a function after some seconds, like the event loop's ``call_later``."""


class ConnectTimeout:
    """Calls back if a page does not connect: first at ``WARN_S``, then at ``GIVE_UP_S``."""

    def __init__(
        self,
        call_later: CallLater | None,
        on_warn: Callable[[float], None],
        on_give_up: Callable[[float], None],
    ) -> None:
        self._call_later = call_later or asyncio.get_running_loop().call_later
        self._on_warn = on_warn
        self._on_give_up = on_give_up
        self._timer: Timer | None = None

    def start(self) -> None:
        """Start the timer when the page may connect; do nothing if it already runs."""
        if self._timer is None:
            self._timer = self._call_later(WARN_S, self._warn)

    def stop(self) -> None:
        """Stop the timer: the page is connected, or may no longer connect."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _warn(self) -> None:
        self._timer = self._call_later(GIVE_UP_S - WARN_S, self._give_up)
        self._on_warn(WARN_S)

    def _give_up(self) -> None:
        self._on_give_up(GIVE_UP_S)
