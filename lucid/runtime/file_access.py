"""Report the source files that this process reads and writes, for ``lucid serve --reload``."""

import importlib.util
import os
import sys
from collections.abc import Callable
from typing import Any

from lucid.runtime.process_messages import FileAccess

SUFFIXES = (".py", ".toml", ".yaml", ".yml")
"""Suffixes of a port's source files."""


def report_file_access(folder: str, report: Callable[[FileAccess], None]) -> None:
    """Report the first read and the first write of each source file in ``folder``.

    An attempt to open a missing file counts as a read.
    """
    reported: set[FileAccess] = set()
    root = os.path.join(os.path.realpath(folder), "")  # noqa: PTH118 - no pathlib in a hook

    def hook(event: str, args: tuple[Any, ...]) -> None:
        access = _file_access(event, args)
        if access is None:
            return
        access = FileAccess(os.path.realpath(access.path), access.written)
        if access.path.startswith(root) and access not in reported:
            reported.add(access)
            report(access)

    sys.addaudithook(hook)


def _file_access(event: str, args: tuple[Any, ...]) -> FileAccess | None:
    """Return the access to a source file that an audit event reports, if any."""
    if event == "open":
        path, flags = args[0], args[2]
        written = isinstance(flags, int) and bool(flags & (os.O_WRONLY | os.O_RDWR))
    elif event == "os.rename":
        path, written = args[1], True
    else:
        return None
    if isinstance(path, bytes | os.PathLike):
        path = os.fsdecode(path)
    if not isinstance(path, str):  # a descriptor
        return None
    if path.endswith(".pyc") and not written:  # Python reads it instead of its source
        try:
            path = importlib.util.source_from_cache(path)
        except ValueError:
            return None
    return FileAccess(path, written) if path.endswith(SUFFIXES) else None
