"""Which of a port's files changed (only importer of watchfiles)."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from pathlib import Path

from watchfiles import Change, DefaultFilter, watch

from lucid._target import PortLocation
from lucid.runtime.calls import Touched
from lucid.runtime.touched import SUFFIXES


class PortFiles:
    """The files of a port that reload it: its modules, and other files that its process has read.

    A file that the process has written does not: a port that writes its settings or its caches
    beside its source would reload itself forever.
    Filled by the thread that hears from the process, asked by the one that watches the files.
    """

    def __init__(self, location: PortLocation) -> None:
        package = location.import_root / location.module.partition(".")[0]
        self.is_package = package.is_dir()
        self.folder = package if self.is_package else location.import_root
        self.failed = False
        """The port did not load: a new module may be the one that is missing."""
        modules = self.folder.rglob("*.py") if self.is_package else self.folder.glob("*.py")
        self._read = {os.path.realpath(module) for module in modules}
        self._written: set[str] = set()

    def note(self, touched: Touched) -> None:
        """The port's process reads or writes a file."""
        (self._written if touched.written else self._read).add(touched.path)

    def reloads(self, path: str) -> bool:
        """Whether a change of this file reloads the port."""
        path = os.path.realpath(path)
        if path in self._written:
            return False
        return path in self._read or (self.failed and path.endswith(".py"))


class _SourceFiles(DefaultFilter):
    def __call__(self, change: Change, path: str) -> bool:
        return path.endswith(SUFFIXES) and super().__call__(change, path)


def watch_port(files: PortFiles, stop: threading.Event) -> Iterator[list[str]]:
    """Names of the files that reload the port, each time some changed, until ``stop`` is set."""
    changes = watch(
        files.folder, watch_filter=_SourceFiles(), stop_event=stop, recursive=files.is_package,
        rust_timeout=500,
    )  # fmt: skip
    for changed in changes:
        if names := sorted({Path(path).name for _, path in changed if files.reloads(path)}):
            yield names
