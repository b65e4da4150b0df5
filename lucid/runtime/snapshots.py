"""Snapshots: decides when to take snapshots of a port, takes them, and restores them."""

import logging
import math
from functools import partial
from typing import Any

from lucid.authoring.session import LucidSession
from lucid.runtime.global_rngs import set_global_rngs
from lucid.runtime.handlers import InputHandlers
from lucid.runtime.kept_snapshots import EVERY_S
from lucid.runtime.messages import Snapshot
from lucid.runtime.pacing import Clock
from lucid.runtime.port_calls import PORT_ERRORS, PortCalls

MS_PER_FRAME = 1.0
"""The average time for snapshots per frame. Slower snapshots are taken less often."""
MAX_BYTES = 16 * 2**20
"""The most bytes of one snapshot."""


def declares(session: LucidSession[Any]) -> bool:
    """Return whether a session has both ``snapshot`` and ``restore``."""
    kind = type(session)
    return kind.snapshot is not LucidSession.snapshot and kind.restore is not LucidSession.restore


class Snapshots:
    """Takes and restores the snapshots of one session, on the model's thread."""

    def __init__(self, calls: PortCalls, clock: Clock, logger: logging.Logger) -> None:
        self._calls, self._clock, self._logger = calls, clock, logger
        self._is_usable = True
        self._next_s, self._next_frame = -math.inf, 0

    def is_due(self, frames: int) -> bool:
        """Return whether to take a snapshot now, after this number of published frames."""
        return (
            self._is_usable and frames >= self._next_frame and self._clock.now_s() >= self._next_s
        )

    def took(self, since_s: float, frames: int) -> None:
        """Plan the next snapshot from the duration of this one."""
        now_s = self._clock.now_s()
        self._next_s = now_s + EVERY_S
        self._next_frame = frames + math.ceil((now_s - since_s) * 1000 / MS_PER_FRAME)

    async def take(self, handlers: InputHandlers) -> bytes | None:
        """Return the result of the port's ``snapshot()``; None if it declares none or fails."""
        session = handlers.session
        if session is None or not declares(session):
            self._is_usable = False
            return None
        try:
            data = await self._calls.call(
                "snapshot()", self._calls.limits.handler_s, session.snapshot
            )
            if not isinstance(data, bytes):
                raise TypeError(f"snapshot() must return bytes, not {type(data).__name__}")
            if len(data) > MAX_BYTES:
                raise ValueError(
                    f"a snapshot has {len(data):,} bytes: at most {MAX_BYTES:,} are kept"
                )
        except PORT_ERRORS:
            self._logger.exception("no further snapshots are taken: going back takes longer")
            self._is_usable = False
            return None
        return data

    async def restore(self, handlers: InputHandlers, snapshot: Snapshot) -> bool:
        """Restore a snapshot; return False if the port's ``restore()`` raised."""
        assert handlers.session is not None
        restore = partial(handlers.session.restore, snapshot.data)
        try:
            await self._calls.call("restore()", self._calls.limits.handler_s, restore)
        except PORT_ERRORS:
            self._logger.exception("restore() raised: the session starts anew")
            return False
        set_global_rngs(snapshot.rngs)
        handlers.held = dict(snapshot.held)
        return True
