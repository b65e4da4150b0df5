"""How long a page may take to connect its media."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Protocol

WARN_S = 15.0
"""A page that may connect and has no open channel after so long is told."""
GIVE_UP_S = 30.0
"""After so long its session ends, so that it keeps nobody else from playing."""


class Timer(Protocol):
    """A call that is due later."""

    def cancel(self) -> None:
        """Do not make it."""


CallLater = Callable[[float, Callable[[], None]], Timer]
"""Takes the seconds to wait and what to call then, as the event loop's ``call_later``."""


class Patience:
    """Reports a page twice that may connect and does not: at ``WARN_S``, and at ``GIVE_UP_S``."""

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
        """The page may connect from now on. Does nothing if it could already."""
        if self._timer is None:
            self._timer = self._call_later(WARN_S, self._warn)

    def stop(self) -> None:
        """The page is connected, or may not connect any more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _warn(self) -> None:
        self._timer = self._call_later(GIVE_UP_S - WARN_S, self._give_up)
        self._on_warn(WARN_S)

    def _give_up(self) -> None:
        self._on_give_up(GIVE_UP_S)
