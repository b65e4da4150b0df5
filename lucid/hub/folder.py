"""A local folder, read as a repo: nothing is followed out of it, no weights are opened."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from lucid.errors import RepoNotFoundError, RevisionNotFoundError
from lucid.hub.facts import RepoFile
from lucid.hub.snapshot import MAX_CONFIG_BYTES, RepoSnapshot, config_paths

MAX_FILES = 10_000


def names_folder(repo: str) -> bool:
    """Whether ``repo`` means a local folder: it is one, or is written like a path."""
    if repo.startswith((".", "~")) or Path(repo).is_absolute():
        return True
    return os.path.isdir(repo)  # noqa: PTH112 - unlike Path.is_dir it never raises


def folder_snapshot(repo: str, revision: str | None = None) -> RepoSnapshot:
    """The folder's files and the content of its small config files.

    Raises:
        RepoNotFoundError: no folder, an empty one, or far too large for a model.
        RevisionNotFoundError: a revision was asked for; a folder has none.
    """
    if revision is not None:
        raise RevisionNotFoundError(
            f"{repo} is a folder: it has no revision {revision!r}", hint="leave --revision out"
        )
    try:
        root = Path(repo).expanduser().resolve(strict=True)
        files = tuple(sorted(_list_files(root), key=lambda file: file.path))
        configs = {path: _read_start(root / path) for path in config_paths(files)}
    except (OSError, RuntimeError) as error:
        reason = getattr(error, "strerror", None) or error
        raise RepoNotFoundError(
            f"{repo} cannot be read as a folder: {reason}",
            hint="name a folder that exists, or a repo as ORG/NAME",
        ) from None
    if not files:
        raise RepoNotFoundError(
            f"{repo} holds no files; hidden ones and links that leave the folder are not read",
            hint="for a folder of the Hub's cache, name the repo as ORG/NAME instead",
        )
    return RepoSnapshot(
        repo=str(root), revision=None, commit=None, files=files, configs=configs, gated=None
    )


def _list_files(root: Path) -> Iterator[RepoFile]:
    seen = 0
    for folder, folders, names in os.walk(root):
        folders[:] = [name for name in folders if not name.startswith(".")]
        seen += len(names)
        if seen > MAX_FILES:
            raise RepoNotFoundError(
                f"{root} holds more than {MAX_FILES} files: too many for a model",
                hint="name the model's own folder",
            )
        for path in (Path(folder, name) for name in names):
            relative = path.relative_to(root).as_posix()
            if _is_inside(path, root) and _is_text(relative):
                yield RepoFile(path=relative, size_bytes=path.stat().st_size)


def _is_inside(path: Path, root: Path) -> bool:
    """Whether this is a file that is not hidden, nor a link that leaves the folder."""
    if path.name.startswith(".") or not path.is_file():
        return False
    return path.resolve().is_relative_to(root)


def _is_text(name: str) -> bool:
    """False for a name whose bytes are not UTF-8: it cannot be written to JSON."""
    try:
        name.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _read_start(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(MAX_CONFIG_BYTES)
