"""Which port a capsule was played with, and how another one differs from it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from lucid._port_files import LOCK_PATH
from lucid.authoring.manifest import Manifest
from lucid.capsule.schema import PlayedPort
from lucid.errors import CapsuleError, TargetError
from lucid.lock import read_lock


@dataclass(frozen=True)
class PortFolder:
    """Where a port is, and how it is played."""

    root: Path | None = None
    """None if the port is not on disk."""
    stub: bool = False

    def played(self, manifest: Manifest) -> PlayedPort:
        """Return what a capsule says about the port."""
        digest = hashlib.sha256(manifest.model_dump_json().encode()).hexdigest()
        port = PlayedPort(model=manifest.model.name, manifest_sha256=digest, stub=self.stub)
        return port if self.root is None else port.model_copy(update=_locked(self.root))


def _locked(root: Path) -> dict[str, str | None]:
    path = root / LOCK_PATH
    if not path.is_file():
        return {}
    found: dict[str, str | None] = {"lock_sha256": hashlib.sha256(path.read_bytes()).hexdigest()}
    try:
        lock = read_lock(root)
    except TargetError:
        return found  # its hash is enough to tell locks apart
    if lock.source is not None:
        found["weights"] = f"{lock.source.repo}@{lock.source.commit or 'local'}"
    if lock.upstream is not None:
        found["upstream"] = f"{lock.upstream.url}@{lock.upstream.commit}"
    return found


def check_port(played: PlayedPort, port: PlayedPort, hint: str) -> None:
    """Check that a port is the one that was played.

    Raises:
        CapsuleError: it has changed, or is another one.
    """
    if found := differences(played, port):
        what = f"{port.model} is not the port that was played: {'; '.join(found)}"
        raise CapsuleError(what, hint=hint)


def differences(played: PlayedPort, port: PlayedPort) -> list[str]:
    """Return how a port differs from the one that was played, most telling first."""
    found = []
    for what, then, now in (
        ("the model is", played.model, port.model),
        ("the weights are", played.weights, port.weights),
        ("the upstream code is", played.upstream, port.upstream),
    ):
        if then != now:
            found.append(f"{what} {now or 'not locked'}, not {then or 'what no lock names'}")
    if not found and played.lock_sha256 != port.lock_sha256:
        found.append("its lucid.lock has changed")
    if played.manifest_sha256 != port.manifest_sha256:
        found.append("its inputs or outputs are declared otherwise")
    return found
