"""KeptSnapshots: the snapshots of a session from which its player can go on."""

from __future__ import annotations

from dataclasses import dataclass, field

from lucid.runtime.messages import Snapshot

EVERY_S = 0.25
"""How often a snapshot is taken."""
MAX_BYTES = 48 * 2**20
"""The most bytes of all snapshots of a session."""
DENSE_S = 12.0
"""Snapshots of these last seconds are all kept."""
GAP = 1 / 4
"""The time between two older ones, as a share of their age."""


@dataclass(frozen=True)
class KeptSnapshot:
    """A snapshot, and its place in the journal."""

    snapshot: Snapshot
    inputs: int
    """How many inputs were applied before."""
    characters: int
    """How many characters of a capsule they take."""


@dataclass
class KeptSnapshots:
    """Snapshots in the order of their frames, bounded and rarer with age."""

    fps: float = 30.0
    kept: list[KeptSnapshot] = field(default_factory=list)

    def add(self, one: KeptSnapshot) -> None:
        """Keep the newest snapshot, and drop those that are hardly missed."""
        self.kept.append(one)
        self.thin(MAX_BYTES)

    def before(self, frame: int) -> KeptSnapshot | None:
        """Return the last snapshot from which the frame with this index can be made."""
        return next((one for one in reversed(self.kept) if one.snapshot.frame <= frame), None)

    def upto(self, last: KeptSnapshot) -> KeptSnapshots:
        """Return those until ``last``."""
        return KeptSnapshots(
            self.fps, [one for one in self.kept if one.snapshot.frame <= last.snapshot.frame]
        )

    def thin(self, max_bytes: int) -> None:
        """Drop snapshots until the rest is within its limits; the newest one always stays."""
        total = sum(len(one.snapshot.data) for one in self.kept)
        while len(self.kept) > 1:
            need, index = min((self._need(index), index) for index in range(len(self.kept) - 1))
            if need >= 1 and total <= max_bytes:
                return
            total -= len(self.kept.pop(index).snapshot.data)

    def _need(self, index: int) -> float:
        """Return how long the gap without this snapshot is, compared with what it may be."""
        frames = [one.snapshot.frame for one in self.kept[max(0, index - 1) : index + 2]]
        gap = frames[-1] - (frames[0] if index else 0)
        age = self.kept[-1].snapshot.frame - self.kept[index].snapshot.frame
        dense = age < DENSE_S * self.fps
        return gap / (EVERY_S * self.fps if dense else age * GAP)
