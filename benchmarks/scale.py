"""Simulate a day of players: `python benchmarks/scale.py [PEAK...]`, by default 100, 1000, 10000.

A player who comes takes a free slot, or waits in the queue. The autoscaler starts a replica when
there are fewer than the players need, plus the warm spares, and stops one when it was not needed
for a while. A replica that stops lets its players finish. While others wait, a player's turn ends.

What is assumed, and not measured: the load follows a cosine between 10 % of the peak at night and
the peak at noon, players come independently of each other, and play for an exponential time with a
mean of 10 minutes. Starting a replica takes 6.9 s, as measured with a small port, or the 60 s that
loading a large model may take.

Prints a table. One line is one day.
"""

from __future__ import annotations

import math
import random
import sys
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field

import simpy
from simpy.events import Event, ProcessGenerator

START_S = 6.9
"""From the offer that finds no slot to a slot of a new replica: the middle of 6.4 to 7.4 s, which
Ray Serve 2.60 took on a machine with two cores."""
NOTICE_S = 15.0
"""`lucid.runtime.turns` tells a player so long before the turn ends."""
QUEUE = 64
"""Players who may wait, per replica: `lucid.runtime.host.MAX_QUEUE`."""
CHECK_S = 10.0
HOUR_S = 3600.0
DAY_S = 24 * HOUR_S
MEAN_PLAY_S = 600.0
PRICES = {"L4": 0.80, "L40S": 1.80, "A100": 2.50}
"""US dollars per GPU hour: Hugging Face Spaces, see docs/scale.md."""


@dataclass(frozen=True)
class Site:
    """What the operator chooses. A replica has one GPU."""

    slots: int = 1
    """Players who can play on a replica at once."""
    least: int = 1
    most: int = sys.maxsize
    spares: int = 0
    """Replicas beyond what the players need."""
    start_s: float = START_S
    unneeded_s: float = 600.0
    """A replica stops when it was not needed for so long: the default of Ray Serve."""
    turn_s: float | None = None


@dataclass(eq=False)
class Replica:
    started_s: float
    players: int = 0
    stops: bool = False


@dataclass
class Day:
    """What happened."""

    waits_s: list[float] = field(default_factory=list)
    """How long each player waited who got a slot."""
    refused: int = 0
    queued: int = 0
    """Players who found no free slot."""
    played_s: float = 0.0
    replicas: int = 0
    """The most at once."""
    gpu_s: float = 0.0

    @property
    def mean_wait_s(self) -> float:
        return math.fsum(self.waits_s) / len(self.waits_s)

    def wait_s(self, quantile: float) -> float:
        return sorted(self.waits_s)[math.ceil(quantile * len(self.waits_s)) - 1]

    def usd_per_player_hour(self, usd_per_gpu_hour: float) -> float:
        return usd_per_gpu_hour * self.gpu_s / self.played_s


class Simulation:
    """One site, from the first player until ``until_s``."""

    def __init__(self, site: Site, players: Iterator[tuple[float, float]], at_first: int) -> None:
        self.env = simpy.Environment()
        self.site, self.day = site, Day()
        self._free: simpy.Store = simpy.Store(self.env)
        self._replicas: dict[Replica, None] = {}  # ordered, unlike a set
        self._running = self._here = 0
        """Replicas that start or play, and players who play or wait."""
        self._unneeded_since_s: float | None = None
        self._waiting_since_s = 0.0
        self._overdue: deque[Event] = deque()
        """Players whose turn is over, and who play on because nobody waits."""
        for _ in range(max(at_first, site.least)):
            self._running += 1
            self._open(Replica(0.0))
        self.env.process(self._arrive(players))
        self.env.process(self._stop_unneeded())

    def run(self, until_s: float) -> Day:
        self.env.run(until_s)
        self.day.gpu_s += sum(until_s - replica.started_s for replica in self._replicas)
        return self.day

    # --- players ----------------------------------------------------------------------------

    def _arrive(self, players: Iterator[tuple[float, float]]) -> ProcessGenerator:
        for at_s, play_s in players:
            yield self.env.timeout(at_s - self.env.now)
            self.env.process(self._play(play_s))

    def _play(self, play_s: float) -> ProcessGenerator:
        if len(self._free.get_queue) >= QUEUE * len(self._replicas):
            self.day.refused += 1
            return
        came_s = self.env.now
        self._here += 1
        slot = self._free.get()
        self._start_needed()
        if not slot.triggered:
            self.day.queued += 1
            if len(self._free.get_queue) == 1:
                self._waiting_since_s = came_s
            if self._overdue:
                self._overdue.popleft().succeed()
        replica = yield slot
        replica.players += 1
        began_s = self.env.now
        self.day.waits_s.append(began_s - came_s)
        yield from self._turn(play_s)
        self.day.played_s += self.env.now - began_s
        self._here -= 1
        replica.players -= 1
        if not replica.stops:
            yield self._free.put(replica)
        elif not replica.players:
            self._close(replica)

    def _turn(self, play_s: float) -> ProcessGenerator:
        """Play as long as one likes, or until the turn is over and somebody waits."""
        turn_s = self.site.turn_s or play_s
        yield self.env.timeout(min(play_s, turn_s))
        if play_s <= turn_s:
            return
        leaves = self.env.timeout(play_s - turn_s)
        while not leaves.processed:
            if not self._free.get_queue:
                told = self.env.event()
                self._overdue.append(told)
                yield leaves | told
                if not told.triggered:
                    self._overdue.remove(told)
                    return
            notice_s = self._waiting_since_s + NOTICE_S - self.env.now
            yield self.env.timeout(max(0.0, notice_s)) | leaves
            if self._free.get_queue:
                return

    # --- replicas ---------------------------------------------------------------------------

    @property
    def _wanted(self) -> int:
        needed = math.ceil(self._here / self.site.slots) + self.site.spares
        return min(self.site.most, max(self.site.least, needed))

    def _start_needed(self) -> None:
        for _ in range(self._wanted - self._running):
            self._running += 1
            self.env.process(self._start())

    def _start(self) -> ProcessGenerator:
        replica = Replica(self.env.now)
        yield self.env.timeout(self.site.start_s)
        self._open(replica)

    def _open(self, replica: Replica) -> None:
        self._replicas[replica] = None
        self.day.replicas = max(self.day.replicas, len(self._replicas))
        for _ in range(self.site.slots):
            self._free.put(replica)

    def _stop_unneeded(self) -> ProcessGenerator:
        while True:
            yield self.env.timeout(CHECK_S)
            unneeded = self._running - self._wanted
            if unneeded <= 0:
                self._unneeded_since_s = None
            elif self._unneeded_since_s is None:
                self._unneeded_since_s = self.env.now
            elif self.env.now - self._unneeded_since_s >= self.site.unneeded_s:
                self._unneeded_since_s = None
                stay = [replica for replica in self._replicas if not replica.stops]
                self._stop(sorted(stay, key=lambda one: one.players)[:unneeded])

    def _stop(self, replicas: list[Replica]) -> None:
        self._running -= len(replicas)
        for replica in replicas:
            replica.stops = True
            if not replica.players:
                self._close(replica)
        self._free.items = [free for free in self._free.items if not free.stops]

    def _close(self, replica: Replica) -> None:
        del self._replicas[replica]
        self.day.gpu_s += self.env.now - replica.started_s


def load(at_s: float) -> float:
    """Return the share of the peak at a time of the day."""
    return 0.55 - 0.45 * math.cos(2 * math.pi * at_s / DAY_S)


def day_of(peak: int, rng_seed: int) -> Iterator[tuple[float, float]]:
    """Yield when each player comes, and how long they like to play; ``peak`` play at noon."""
    draw, at_s = random.Random(rng_seed), 0.0
    while (at_s := at_s + draw.expovariate(peak / MEAN_PLAY_S)) < DAY_S:
        if draw.random() < load(at_s):
            yield at_s, draw.expovariate(1 / MEAN_PLAY_S)


def simulate(peak: int, site: Site, rng_seed: int = 0) -> Day:
    """Simulate a day on a site that begins with what the first players need."""
    at_first = math.ceil(peak * load(0) / site.slots) + site.spares
    return Simulation(site, day_of(peak, rng_seed), min(at_first, site.most)).run(DAY_S)


def sites_for(peak: int) -> dict[str, Site]:
    """Return what the table compares."""
    some = math.ceil(peak / 50)
    return {
        "small model, no spare": Site(),
        "small model, 1 spare": Site(spares=1),
        "large model, no spare": Site(start_s=60),
        f"large model, {some} spares": Site(start_s=60, spares=some),
        "the same, 4 players a GPU": Site(slots=4, start_s=60, spares=math.ceil(some / 4)),
        f"at most {peak * 4 // 5} GPUs, turns of 300 s": Site(
            start_s=60, spares=some, most=peak * 4 // 5, turn_s=300
        ),
    }


def main() -> None:
    peaks = [int(text) for text in sys.argv[1:]] or [100, 1_000, 10_000]
    print(
        "| peak | site | replicas | waited | mean wait | p95 wait | refused | GPU hours | "
        + " | ".join(PRICES)
        + " |"
    )
    print("| --- " * (8 + len(PRICES)) + "|")
    for peak in peaks:
        for name, site in sites_for(peak).items():
            day = simulate(peak, site)
            came = len(day.waits_s) + day.refused
            costs = [f"${day.usd_per_player_hour(price):.2f}" for price in PRICES.values()]
            print(
                f"| {peak:,} | {name} | {day.replicas:,} | {day.queued / came:.2%} | "
                f"{day.mean_wait_s:.2f} s | {day.wait_s(0.95):.1f} s | {day.refused / came:.2%} | "
                f"{day.gpu_s / HOUR_S:,.0f} | {' | '.join(costs)} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
