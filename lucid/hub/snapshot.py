"""What is read of a repo: its list of files and the bytes of its small config files."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import PurePosixPath

from lucid.hub.facts import RepoFile

MAX_CONFIG_BYTES = 256 * 1024
MAX_CONFIG_FILES = 20

_CONFIG_NAMES = ("*config.json", "model_index.json", "modular_*.json", "*.yaml", "*.yml")


@dataclass(frozen=True)
class RepoSnapshot:
    """A repo at one commit, or a local folder; no weights."""

    repo: str
    revision: str | None
    commit: str | None
    files: tuple[RepoFile, ...]
    configs: Mapping[str, bytes]
    """Content by path, of the files that ``config_paths`` names."""
    gated: bool | None


def config_paths(files: Iterable[RepoFile]) -> list[str]:
    """The files worth reading: the model card and small configs, those near the top first."""
    paths = [
        file.path
        for file in files
        if file.size_bytes is not None
        and file.size_bytes <= MAX_CONFIG_BYTES
        and _is_config(PurePosixPath(file.path))
    ]
    return sorted(paths, key=lambda path: (path.count("/"), path))[:MAX_CONFIG_FILES]


def _is_config(path: PurePosixPath) -> bool:
    if any(part.startswith(".") for part in path.parts) or not str(path).isprintable():
        return False
    if str(path) == "README.md":
        return True
    return any(fnmatchcase(path.name, pattern) for pattern in _CONFIG_NAMES)
