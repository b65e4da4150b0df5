"""Check again whenever a file changes."""

import sys
import time
from collections.abc import Callable
from pathlib import Path

from lucid.check.sources import SourceTree
from lucid.errors import LucidError

_EVERY_S = 0.3
Stamp = tuple[tuple[str, int, int], ...]


def watch(read: Callable[[], SourceTree], run: Callable[[], int]) -> int:
    """Check now and after every change, until Ctrl-C; return 130, as if interrupted."""
    try:
        seen: Stamp | None = None
        while True:
            now = _stamp(read)
            if now != seen:
                seen = now
                _clear()
                _run(run)
                print("Watching for changes (Ctrl-C ends)", file=sys.stderr, flush=True)
            time.sleep(_EVERY_S)
    except KeyboardInterrupt:
        return 130


def _run(run: Callable[[], int]) -> None:
    try:
        run()
    except LucidError as error:  # pyproject.toml may be broken while an author edits it
        print(error, file=sys.stderr)


def _stamp(read: Callable[[], SourceTree]) -> Stamp:
    """Return the size and time of every file that a check reads, including the settings."""
    try:
        tree = read()
    except LucidError as error:
        return ((str(error), 0, 0),)
    paths = [file.location for file in tree.files if file.location]
    paths += [Path(part.path) for part in (tree.entry, tree.lock) if part]
    stats = [(str(path), path.stat()) for path in paths if path.exists()]
    return tuple((name, stat.st_size, stat.st_mtime_ns) for name, stat in stats)


def _clear() -> None:
    if sys.stdout.isatty():
        print("\033[2J\033[H", end="", flush=True)
