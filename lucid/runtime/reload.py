"""Which of a port's files changed (only importer of watchfiles)."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

from watchfiles import Change, DefaultFilter, watch

from lucid._target import PortLocation

_SUFFIXES = (".py", ".toml", ".yaml", ".yml")
"""What a port is written in: what it writes itself, such as pictures, must not reload it."""


class _SourceFiles(DefaultFilter):
    def __call__(self, change: Change, path: str) -> bool:
        return path.endswith(_SUFFIXES) and super().__call__(change, path)


def watch_port(location: PortLocation, stop: threading.Event) -> Iterator[list[str]]:
    """Names of the files that changed, each time some did, until ``stop`` is set."""
    package = location.root / location.module.partition(".")[0]
    folder = package if package.is_dir() else location.root
    changes = watch(
        folder, watch_filter=_SourceFiles(), stop_event=stop, recursive=folder == package,
        rust_timeout=500,
    )  # fmt: skip
    for changed in changes:
        yield sorted({Path(path).name for _, path in changed})
