"""Report which source files this process reads and writes, so that it does not reload itself."""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Callable
from typing import Any

from lucid.runtime.calls import Touched

SUFFIXES = (".py", ".toml", ".yaml", ".yml")
"""What a port is written in."""


def report_touched(folder: str, tell: Callable[[Touched], None]) -> None:
    """Tell of each source file below ``folder`` once as it is read, and once as it is written.

    A file counts as read as soon as somebody tries to open it: one that is missing too.
    """
    told: set[tuple[str, bool]] = set()
    root = os.path.join(os.path.realpath(folder), "")  # noqa: PTH118 - no pathlib in a hook

    def hook(event: str, args: tuple[Any, ...]) -> None:
        touched = _touched(event, args)
        if touched is None:
            return
        path = os.path.realpath(touched.path)
        if path.startswith(root) and (path, touched.written) not in told:
            told.add((path, touched.written))
            tell(Touched(path, touched.written))

    sys.addaudithook(hook)


def _touched(event: str, args: tuple[Any, ...]) -> Touched | None:
    """The source file that an audit event is about."""
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
    if path.endswith(".pyc") and not written:  # reading it stands for reading its source
        try:
            path = importlib.util.source_from_cache(path)
        except ValueError:
            return None
    return Touched(path, written) if path.endswith(SUFFIXES) else None
