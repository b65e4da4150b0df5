"""Watch the files of a port for ``lucid serve --reload``."""

import os
import threading
from collections.abc import Iterator
from pathlib import Path

from watchfiles import Change, DefaultFilter, watch

from lucid._target import PortLocation
from lucid.runtime.file_access import SUFFIXES
from lucid.runtime.process_messages import FileAccess


class PortFiles:
    """The files whose change reloads a port: its modules, and other files that its process read.

    A file that the process wrote does not reload it. Otherwise, a port that writes settings or a
    cache beside its source would reload forever. One thread may add files while another one reads.
    """

    def __init__(self, location: PortLocation) -> None:
        package = location.import_root / location.module.partition(".")[0]
        self.is_package = package.is_dir()
        self.folder = package if self.is_package else location.import_root
        self.failed = False
        """Whether the port failed to load, so that a new module may be the missing one."""
        modules = self.folder.rglob("*.py") if self.is_package else self.folder.glob("*.py")
        self._read = {os.path.realpath(module) for module in modules}
        self._written: set[str] = set()

    def note(self, access: FileAccess) -> None:
        """Record that the port's process opened a file."""
        (self._written if access.written else self._read).add(access.path)

    def reloads(self, path: str) -> bool:
        """Return whether a change of this file reloads the port."""
        path = os.path.realpath(path)
        if path in self._written:
            return False
        return path in self._read or (self.failed and path.endswith(".py"))


class _SourceFiles(DefaultFilter):
    def __call__(self, change: Change, path: str) -> bool:
        return path.endswith(SUFFIXES) and super().__call__(change, path)


def watch_port(files: PortFiles, stop: threading.Event) -> Iterator[list[str]]:
    """Yield the names of changed files that reload the port, until ``stop`` is set."""
    changes = watch(
        files.folder, watch_filter=_SourceFiles(), stop_event=stop, recursive=files.is_package,
        rust_timeout=500,
    )  # fmt: skip
    for changed in changes:
        if names := sorted({Path(path).name for _, path in changed if files.reloads(path)}):
            yield names
