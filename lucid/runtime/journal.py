"""Journal: records a session, so that it can be played again."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from lucid.authoring.files import InputFile
from lucid.runtime.kept_snapshots import KeptSnapshot, KeptSnapshots
from lucid.runtime.messages import InputApplied, Snapshot
from lucid.runtime.script import Script

MAX_INPUTS = 200_000
MAX_INPUT_CHARACTERS = 15 * 2**20
LINE_CHARACTERS = 60
"""The length of a line in a ``.lucid`` file, without the name and the arguments."""
MAX_FILE_BYTES = 64 * 2**20


@dataclass
class Journal:
    """The rng seed of a session, and the inputs that its port accepted, since its start.

    A full journal records no further inputs, because a gap would change all later frames.
    """

    rng_seed: int | None = None
    inputs: list[InputApplied] = field(default_factory=list)
    captures: int = 0
    """The number of camera frames and pieces of sound, which the journal does not keep."""
    files: dict[str, InputFile] = field(default_factory=dict)
    """The files that were sent, by SHA-256."""
    snapshots: KeptSnapshots = field(default_factory=KeptSnapshots)
    is_full: bool = False
    _characters: int = 0
    _file_bytes: int = 0

    def script(self, frame: int, start: KeptSnapshot | None = None) -> Script:
        """Return the script that leads to the frame with this index, without showing the others.

        It begins with the session, or at a snapshot.
        """
        inputs = [
            replace(event, args={name: self._whole(value) for name, value in event.args.items()})
            for event in self.inputs[start.inputs if start else 0 :]
            if event.args is not None
        ]
        return Script(self.rng_seed, inputs, frames=frame + 1, hidden=frame)

    def _whole(self, value: object) -> object:
        """Return a file with its data, and any other value as it is."""
        return self.files[value.sha256] if isinstance(value, InputFile) else value

    def restart(self, rng_seed: int | None) -> None:
        """Forget what was applied, since the session starts or starts anew."""
        self.rng_seed, self.captures, self._characters = rng_seed, 0, 0
        self.inputs, self.snapshots = [], KeptSnapshots(self.snapshots.fps)
        self.is_full = self._file_bytes > MAX_FILE_BYTES

    def copy(self, snapshot_bytes: int) -> Journal:
        """Return a copy with at most so many bytes of snapshots, but at least one."""
        snapshots = KeptSnapshots(self.snapshots.fps, [*self.snapshots.kept])
        snapshots.thin(snapshot_bytes)
        return replace(self, inputs=[*self.inputs], snapshots=snapshots)

    def go_on_from(self, other: Journal, start: KeptSnapshot) -> None:
        """Become another journal, or this one, up to one of its snapshots."""
        self.rng_seed, self.captures = other.rng_seed, other.captures
        self.inputs, self._characters = other.inputs[: start.inputs], start.characters
        self.snapshots = other.snapshots.upto(start)
        self.is_full = self._file_bytes > MAX_FILE_BYTES

    def add_snapshot(self, snapshot: Snapshot) -> None:
        """Keep a snapshot that was taken after the inputs so far."""
        if not self.is_full:
            self.snapshots.add(KeptSnapshot(snapshot, len(self.inputs), self._characters))

    def keep(self, values: Iterable[object]) -> None:
        """Keep the files among the arguments of an input that is sent."""
        for file in values:
            if not isinstance(file, InputFile) or file.sha256 in self.files or self.is_full:
                continue
            self._file_bytes += file.size_bytes
            self.is_full = self._file_bytes > MAX_FILE_BYTES
            if not self.is_full:
                self.files[file.sha256] = file

    def add(self, event: InputApplied) -> None:
        """Record an input that the port accepted."""
        if event.args is None:
            self.captures += 1
            return
        line = json.dumps(event.args, default=str)
        self._characters += len(event.name) + len(line) + LINE_CHARACTERS
        self.is_full |= len(self.inputs) >= MAX_INPUTS or self._characters > MAX_INPUT_CHARACTERS
        if not self.is_full:
            self.inputs.append(event)
