"""Folders of a server in the temporary folder of the system."""

import os
import re
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

PREFIX = "lucid-server-"
NEW_S = 1.0
"""A folder that is younger than this may not be locked yet."""

_own: set[str] = set()


@contextmanager
def own_folder() -> Iterator[Path]:
    """Create a folder and remove it at the end. Remove what killed servers left behind, too."""
    _remove_left()
    with tempfile.TemporaryDirectory(prefix=PREFIX, ignore_cleanup_errors=True) as name:
        lock = _lock(Path(name))
        _own.add(name)
        try:
            yield Path(name)
        finally:
            _own.discard(name)
            if lock is not None:
                os.close(lock)


def remove_own_folders() -> None:
    """Remove the folders of this process, which is about to end."""
    for name in list(_own):
        shutil.rmtree(name, ignore_errors=True)


def file_name(model_name: str) -> str:
    """Return a model's name with only characters that are valid in file names everywhere."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", model_name)[:64]


def _remove_left() -> None:
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        with suppress(OSError):  # it is another user's, or it has just been removed
            found = folder.lstat()
            mine = sys.platform != "win32" and found.st_uid == os.getuid()
            if not mine or folder.is_symlink() or time.time() - found.st_mtime < NEW_S:
                continue
            if (lock := _lock(folder)) is not None:
                shutil.rmtree(folder, ignore_errors=True)
                os.close(lock)


def _lock(folder: Path) -> int | None:
    """Lock a folder until its process ends; return None if another process has locked it."""
    if sys.platform == "win32":
        return None  # a folder cannot be locked: what a killed server leaves there stays
    import fcntl

    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor
