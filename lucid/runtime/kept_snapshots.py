"""KeptSnapshots: the snapshots of a session to which its player can return."""

from __future__ import annotations

from dataclasses import dataclass, field

from lucid.runtime.messages import Snapshot

EVERY_S = 0.25
"""The time between two snapshots."""
MAX_BYTES = 32 * 2**20
"""The most bytes of all snapshots of a session."""
DENSE_S = 12.0
"""All snapshots of these last seconds are kept."""
GAP = 1 / 4
"""The time between two older snapshots, as a share of their age."""


@dataclass(frozen=True)
class KeptSnapshot:
    """A snapshot, and its place in the journal."""

    snapshot: Snapshot
    inputs: int
    """The number of inputs that were applied before the snapshot."""
    characters: int
    """The number of characters that these inputs take in a ``.lucid`` file."""


@dataclass
class KeptSnapshots:
    """Snapshots in the order of their frames, of a bounded size. Older ones are further apart."""

    fps: float = 30.0
    kept: list[KeptSnapshot] = field(default_factory=list)

    def add(self, one: KeptSnapshot) -> None:
        """Add the newest snapshot, and drop the snapshots that are needed least."""
        self.kept.append(one)
        self.thin(MAX_BYTES)

    def before(self, frame: int) -> KeptSnapshot | None:
        """Return the last snapshot before the frame with this index."""
        return next((one for one in reversed(self.kept) if one.snapshot.frame <= frame), None)

    def upto(self, last: KeptSnapshot) -> KeptSnapshots:
        """Return the snapshots up to ``last``."""
        return KeptSnapshots(
            self.fps, [one for one in self.kept if one.snapshot.frame <= last.snapshot.frame]
        )

    def thin(self, max_bytes: int) -> None:
        """Drop snapshots until the limits hold. The newest snapshot always stays."""
        total = sum(len(one.snapshot.data) for one in self.kept)
        while len(self.kept) > 1:
            need, index = min((self._need(index), index) for index in range(len(self.kept) - 1))
            if need >= 1 and total <= max_bytes:
                return
            total -= len(self.kept.pop(index).snapshot.data)

    def _need(self, index: int) -> float:
        """Return the gap that would be left without this snapshot, as a share of the limit."""
        frames = [one.snapshot.frame for one in self.kept[max(0, index - 1) : index + 2]]
        gap = frames[-1] - (frames[0] if index else 0)
        age = self.kept[-1].snapshot.frame - self.kept[index].snapshot.frame
        dense = age < DENSE_S * self.fps
        return gap / (EVERY_S * self.fps if dense else age * GAP)
