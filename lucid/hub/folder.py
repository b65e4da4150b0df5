"""Read a local folder as a repo, without links that lead out of it and without loading weights."""

import os
import re
import stat
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from lucid.errors import RepoNotFoundError, RevisionNotFoundError
from lucid.hub.facts import RepoFile
from lucid.hub.snapshot import (
    MAX_CONFIG_BYTES,
    MAX_OPENED,
    Opened,
    RepoSnapshot,
    config_paths,
    keep_files,
    open_weights,
)
from lucid.hub.weights.copies import is_weights, worth_opening

MAX_SEEN = 100_000
"""A folder with more files is more than one model."""

_POINTER_BYTES = 200
_POINTER = re.compile(
    rb"version https://git-lfs\.github\.com/spec/v1\noid sha256:[0-9a-f]{64}\nsize (\d{1,15})\n?"
)


def names_folder(repo: str) -> bool:
    """Return whether ``repo`` is a local folder or is written like a path."""
    if repo.startswith((".", "~")) or Path(repo).is_absolute():
        return True
    return os.path.isdir(repo)  # noqa: PTH112 - unlike Path.is_dir it never raises


def folder_snapshot(repo: str, revision: str | None = None) -> RepoSnapshot:
    """Read the metadata of a folder.

    Raises:
        RepoNotFoundError: It is not a folder, is empty, or has too many files.
        RevisionNotFoundError: ``revision`` is not None, but a folder has no revisions.
    """
    if revision is not None:
        raise RevisionNotFoundError(
            f"{repo} is a folder: it has no revision {revision!r}", hint="leave out --revision"
        )
    try:
        root = Path(repo).expanduser().resolve(strict=True)
        snapshot = read_folder(root, root)
    except (OSError, RuntimeError) as error:
        reason = getattr(error, "strerror", None) or error
        raise RepoNotFoundError(
            f"{repo} cannot be read as a folder: {reason}",
            hint="name a folder that exists, or a repo as ORG/NAME",
        ) from None
    if root.is_file():
        raise RepoNotFoundError(
            f"{repo} is a file, not a folder", hint="name a folder, or a repo as ORG/NAME"
        )
    if not snapshot.files:
        raise RepoNotFoundError(
            f"{repo} has no files, apart from hidden files and links that leave the folder",
            hint="if this is a folder of the Hub's cache, name the repo as ORG/NAME instead",
        )
    return snapshot


def read_folder(root: Path, allowed: Path) -> RepoSnapshot:
    """Read the metadata of ``root``; links are followed if they stay in ``allowed``.

    Raises:
        OSError: The folder cannot be read.
    """
    listed = sorted(_list_files(root, allowed), key=lambda file: file.path)
    files, left_out = keep_files(listed)
    configs = {path: _read(root / path, 0, MAX_CONFIG_BYTES) for path in config_paths(files)}
    return RepoSnapshot(
        repo=str(root),
        revision=None,
        commit=None,
        files=files,
        configs=configs,
        gated=None,
        opened=tuple(_look_into(root, files)),
        files_left_out=left_out,
    )


def _look_into(root: Path, files: tuple[RepoFile, ...]) -> Iterator[Opened]:
    for file in worth_opening(files)[:MAX_OPENED]:
        try:
            yield open_weights(file, partial(_read, root / file.path))
        except OSError as error:
            yield Opened(file.path, None, error.strerror or "it cannot be read")


def _list_files(root: Path, allowed: Path) -> Iterator[RepoFile]:
    seen = 0
    for folder, folders, names in os.walk(root):
        folders[:] = [name for name in folders if not name.startswith(".")]
        seen += len(names)
        if seen > MAX_SEEN:
            raise RepoNotFoundError(
                f"{root} holds more than {MAX_SEEN} files, too many for a model",
                hint="name the model's own folder",
            )
        for path in (Path(folder, name) for name in names):
            relative = path.relative_to(root).as_posix()
            if _is_text(relative) and (size_bytes := _size_inside(path, allowed)) is not None:
                yield RepoFile(path=relative, size_bytes=_real_size(path, size_bytes))


def _size_inside(path: Path, allowed: Path) -> int | None:
    """Return a file's size; None if it is hidden, special, gone, or outside ``allowed``."""
    if path.name.startswith("."):
        return None
    try:
        found = path.stat()
        if not stat.S_ISREG(found.st_mode) or not path.resolve().is_relative_to(allowed):
            return None
    except (OSError, RuntimeError):  # a link to nothing, or to itself
        return None
    return found.st_size


def _real_size(path: Path, size_bytes: int) -> int | None:
    """Return the size in a git-lfs pointer, or the file's own; None for an empty placeholder."""
    if size_bytes > _POINTER_BYTES or not is_weights(path.name):
        return size_bytes
    try:
        pointer = _POINTER.fullmatch(_read(path, 0, _POINTER_BYTES))
    except OSError:
        return size_bytes
    return int(pointer[1]) if pointer else size_bytes or None


def _is_text(name: str) -> bool:
    """Return whether a name is UTF-8 and can be written to JSON."""
    try:
        name.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _read(path: Path, start: int, length: int) -> bytes:
    with path.open("rb") as file:
        file.seek(start)
        return file.read(length)
