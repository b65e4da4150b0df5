"""Turns: limits how long a player plays while others wait, and estimates their waiting time."""

import asyncio
import heapq
import time
from collections import deque
from collections.abc import Callable, Collection
from statistics import fmean

from lucid.errors import TurnOverError
from lucid.runtime.session import HostSession
from lucid.runtime.states import SessionState

NOTICE_S = 15.0
"""The player gets a notice at least this long before the turn ends."""
MOST_KEPT = 16
_PLAYED = (SessionState.RUNNING, SessionState.PAUSED)


class Turns:
    """The turns of a host's players. Without a limit, a turn does not end."""

    def __init__(
        self,
        limit_s: float | None,
        end: Callable[[HostSession, TurnOverError], None],
        again: Callable[[], None],
    ) -> None:
        """``end`` ends a session whose turn is over. ``again`` is called when the next turn may be
        over; it calls ``check``."""
        self.limit_s = limit_s
        self._end, self._again = end, again
        self._lasted_s: deque[float] = deque(maxlen=MOST_KEPT)
        """The durations of the last sessions."""
        self._waiting_since_s: float | None = None
        self._timer: asyncio.TimerHandle | None = None

    def over(self, session: HostSession) -> None:
        """Record the duration of a session that is over."""
        if session.started_s is not None:
            self._lasted_s.append(time.monotonic() - session.started_s)

    def waits_s(self, playing: Collection[HostSession], waiting: int) -> list[float | None]:
        """Return how long each waiting player will probably wait; None if that is unknown."""
        usual_s = self.limit_s or (fmean(self._lasted_s) if self._lasted_s else None)
        if usual_s is None:
            return [None] * waiting
        now_s = time.monotonic()
        left_s = [max(0.0, (s.started_s or now_s) + usual_s - now_s) for s in playing] or [0.0]
        heapq.heapify(left_s)
        waits: list[float | None] = []
        for _ in range(waiting):
            waits.append(left_s[0])
            heapq.heapreplace(left_s, left_s[0] + usual_s)
        return waits

    def check(self, playing: Collection[HostSession], waiting: int) -> None:
        """End the turns that are over if others wait. Tell the next players when their turn ends.

        The host calls this after each change of the players or of the queue.
        """
        if self.limit_s is None:
            return
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        played = [session for session in playing if session.state in _PLAYED]
        waiting -= sum(session.state is SessionState.ENDING for session in playing)
        now_s = time.monotonic()
        self._waiting_since_s = (self._waiting_since_s or now_s) if waiting > 0 else None
        played.sort(key=self._ends_s)
        for session in played[max(waiting, 0) :]:
            session.limit_turn(None)
        nexts = [(self._ends_s(session), session) for session in played[: max(waiting, 0)]]
        for ends_s, session in nexts:
            session.limit_turn(ends_s)
            if ends_s <= now_s:
                said = f"others wait, and a turn lasts {self.limit_s:g} s"
                self._end(session, TurnOverError(said, hint="wait for the next turn"))
        if coming := [ends_s for ends_s, _ in nexts if ends_s > now_s]:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(coming[0] - now_s, self._again)

    def _ends_s(self, session: HostSession) -> float:
        """Return when the turn of a session ends if another player waits."""
        assert self.limit_s is not None
        now_s = time.monotonic()
        return max(
            (session.started_s or now_s) + self.limit_s,
            (self._waiting_since_s or now_s) + min(NOTICE_S, self.limit_s),
        )
