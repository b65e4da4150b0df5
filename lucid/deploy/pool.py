"""The replicas of one port, and the players who wait for a slot."""

import asyncio
import re
import time
from dataclasses import dataclass

from lucid.deploy.failures import Problem
from lucid.errors import ModelLoadError, QueueFullError

REPORT_S = 0.5
"""How often a replica reports to the gateway."""
GONE_S = 3.0
"""A replica that does not report for this time gets no more players."""
MAX_WAITING = 256
"""How many players may wait for a port; further players are refused."""
RETRY_S = 30.0
"""When a refused player may try again, if nobody knows how long the wait is."""

_NAME = re.compile(r"[.=](r[0-9a-f]{8})\b")


@dataclass(frozen=True)
class Report:
    """What a replica tells the gateway about itself."""

    port: str
    name: str
    node: str
    pid: int
    url: str
    slots: int
    """How many sessions it can play; 0 while it loads its model again, or stops."""
    players: int
    """How many sessions it has, including those whose page was lost."""
    watch_key: str | None
    """The key to watch the session that plays for the longest time."""
    waits_s: tuple[float | None, ...] = ()
    """When its next slots become free, as far as it knows."""


class Replica:
    """A replica, as the gateway knows it."""

    def __init__(self, report: Report, now_s: float) -> None:
        self.report, self.seen_s = report, now_s
        self.connected = 0
        """The players whose sockets the gateway forwards now."""
        self.ended = 0
        """The sessions that ended since the last report, which still counts them."""

    def update(self, report: Report, now_s: float) -> None:
        """Replace the report."""
        self.report, self.seen_s, self.ended = report, now_s, 0

    @property
    def free(self) -> int:
        """The number of free slots. A session whose page was lost keeps its slot for a while."""
        players = max(self.connected, self.report.players - self.ended)
        return self.report.slots - players


class Waiting:
    """A player who waits."""

    def __init__(self) -> None:
        self.changed = asyncio.Event()
        """Set when the position may have changed, or a slot was granted."""
        self.granted: Replica | None = None
        """The replica with the slot, which must be released."""


class Pool:
    """The replicas of one port, and its queue: first come, first served."""

    def __init__(self, port: str) -> None:
        self.port = port
        self._replicas: dict[str, Replica] = {}
        self._queue: list[Waiting] = []
        self.failure = ""
        """When and why a replica could not start last."""
        self._problem: Problem | None = None
        """The same, until another replica starts."""

    def report(self, report: Report, now_s: float) -> int:
        """Take a replica's report. Return how many of those who wait count as waiting for it."""
        known = self._replicas.get(report.name)
        if known is None:
            self._replicas[report.name] = Replica(report, now_s)
            self._problem = None
        else:
            known.update(report, now_s)
        for name, replica in list(self._replicas.items()):
            if now_s - replica.seen_s > GONE_S:
                del self._replicas[name]
        self.admit()
        index = list(self._replicas).index(report.name)
        each, more = divmod(len(self._queue), len(self._replicas))
        return each + (index < more)

    def fail(self, problem: Problem) -> None:
        """Remember why a replica could not start."""
        self._problem = problem
        self.failure = f"({time.strftime('%H:%M')}: a replica could not start {problem[0]})"

    def lose(self, replica: Replica) -> None:
        """Forget a replica that cannot be reached; it comes back with its next report."""
        self._replicas.pop(replica.report.name, None)

    def any(self) -> Replica | None:
        """Return a replica, for a request that each of them can answer."""
        return next(iter(self._replicas.values()), None)

    def named_in(self, url: str) -> Replica | None:
        """Return the replica that made a key in this path or query, or whose name it contains."""
        names = _NAME.findall(url)
        return self._replicas.get(names[0]) if names else None

    def join(self) -> Waiting:
        """Join the queue. The caller must ``leave`` it.

        Raises:
            QueueFullError: too many wait.
            ModelLoadError: there is no replica, and the last one could not start.
        """
        if self._problem is not None and not self._replicas:
            message, hint = self._problem
            raise ModelLoadError(f"a replica cannot start {message}", hint=hint)
        if len(self._queue) >= MAX_WAITING:
            known_s = [wait_s for wait_s in self._waits_s() if wait_s is not None]
            error = QueueFullError(MAX_WAITING)
            error.hint = f"try again in {max(known_s, default=RETRY_S):.0f} s"
            raise error
        waiting = Waiting()
        self._queue.append(waiting)
        self.admit()
        return waiting

    def leave(self, waiting: Waiting) -> None:
        """Leave the queue, if still in it."""
        if waiting in self._queue:
            self._queue.remove(waiting)
            self._tell()

    def release(self, replica: Replica, ended: bool) -> None:
        """Count a player's socket as closed, and the session as ended, unless it may be resumed."""
        replica.connected -= 1
        replica.ended += ended
        self.admit()

    def place(self, waiting: Waiting) -> tuple[int, float | None, str | None]:
        """Return the position, how long the wait is likely to be, and a key to watch meanwhile."""
        index = self._queue.index(waiting)
        waits_s = self._waits_s()
        keys = [one.report.watch_key for one in self._replicas.values() if one.report.watch_key]
        return index + 1, waits_s[index] if index < len(waits_s) else None, next(iter(keys), None)

    def admit(self) -> None:
        """Give free slots to those who wait, on the emptiest replicas."""
        admitted = False
        while self._queue:
            best = max(self._replicas.values(), key=lambda one: one.free, default=None)
            if best is None or best.free < 1:
                break
            waiting = self._queue.pop(0)
            waiting.granted = best
            best.connected += 1  # until ``release``
            admitted = True
            waiting.changed.set()
        if admitted:
            self._tell()

    @property
    def replicas(self) -> list[Replica]:
        """All replicas."""
        return list(self._replicas.values())

    @property
    def waiting(self) -> int:
        """How many players wait."""
        return len(self._queue)

    def _waits_s(self) -> list[float | None]:
        waits = [wait_s for one in self._replicas.values() for wait_s in one.report.waits_s]
        return sorted(waits, key=lambda wait_s: float("inf") if wait_s is None else wait_s)

    def _tell(self) -> None:
        for waiting in self._queue:
            waiting.changed.set()
