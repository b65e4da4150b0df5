"""The parts of a repo that Lucid reads: the list of files, small configs, and some headers."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from pathlib import PurePosixPath

from lucid.hub.facts import Cost, RepoFile
from lucid.hub.weights.facts import ReadRange, UnreadableWeightsError, WeightsHeader
from lucid.hub.weights.safetensors import read_safetensors
from lucid.hub.weights.torchzip import read_torch

COMMIT = re.compile(r"[0-9a-f]{40}")
ORG_NAME = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*", re.ASCII)
MAX_CONFIG_BYTES = 64 * 1024
MAX_CONFIG_FILES = 7
MAX_OPENED = 4
MAX_FILES = 5_000
"""If a repo has more files, those nearest the top are kept."""

# The most informative configs come first, then the others in order of their depth.
_FIRST = ("README.md", "model_index.json", "config.yaml", "config.json", "modular_config.json",
          "modular_model_index.json", "transformer/config.json")  # fmt: skip
_CONFIG_NAMES = ("*config.json", "model_index.json", "modular_*.json", "pipeline.json", "*.yaml",
                 "*.yml", "config.toml")  # fmt: skip
_NOT_WORTH = (
    "*tokenizer_config.json", "generation_config.json", "preprocessor_config.json",
    "scheduler_config.json", "docker-compose.y*ml", "environment.y*ml",
)  # fmt: skip
_PARTS = ("text_encoder", "text_encoder_2", "image_encoder",
          "image_processor", "feature_extractor", "scheduler")  # fmt: skip


@dataclass(frozen=True)
class Opened:
    """The header of a weights file, or why it could not be read."""

    path: str
    header: WeightsHeader | None
    problem: str | None = None


@dataclass(frozen=True)
class RepoSnapshot:
    """The metadata of a repo at one commit, or of a local folder."""

    repo: str
    revision: str | None
    commit: str | None
    files: tuple[RepoFile, ...]
    configs: Mapping[str, bytes]
    """The content of the files that ``config_paths`` names, by path."""
    gated: bool | None
    opened: tuple[Opened, ...] = ()
    scan: str | None = None
    """The result of the Hub's scanners; None if there is none."""
    url: str | None = None
    """The repo's page."""
    files_left_out: int = 0
    same_name: tuple[str, ...] = ()
    """Repos of other owners with the same name, by downloads, if this repo has no weights."""
    cost: Cost | None = None
    access_refused: bool = False
    """Whether the Hub refused access, so that only the list of files and the card are known."""
    partial: bool = False
    """Whether it was read from the cache, which may lack some files."""


def folder_of(snapshot: RepoSnapshot, folder: str) -> RepoSnapshot:
    """Return a top folder of a repo as a repo of its own."""
    start = f"{folder}/"
    return replace(
        snapshot,
        files=tuple(
            file.model_copy(update={"path": file.path.removeprefix(start)})
            for file in snapshot.files
            if file.path.startswith(start)
        ),
        configs={
            path.removeprefix(start): text
            for path, text in snapshot.configs.items()
            if path.startswith(start)
        },
        opened=tuple(
            replace(each, path=each.path.removeprefix(start))
            for each in snapshot.opened
            if each.path.startswith(start)
        ),
    )


def config_paths(files: Iterable[RepoFile]) -> list[str]:
    """Return the files to read: the model card and small configs, the most informative first."""
    paths = [
        file.path
        for file in files
        if (file.size_bytes is None or file.size_bytes <= MAX_CONFIG_BYTES or _is_card(file.path))
        and _is_config(PurePosixPath(file.path))
    ]
    return sorted(paths, key=_order)[:MAX_CONFIG_FILES]


def keep_files(files: Iterable[RepoFile]) -> tuple[tuple[RepoFile, ...], int]:
    """Return at most MAX_FILES files with safe paths, and the number of those left out."""
    safe = [file for file in files if is_safe_path(file.path)]
    if len(safe) <= MAX_FILES:
        return tuple(safe), 0
    safe.sort(key=lambda file: (file.path.count("/"), file.path))
    return tuple(safe[:MAX_FILES]), len(safe) - MAX_FILES


def is_safe_path(path: str) -> bool:
    """Return whether a path is relative and stays in the repo's folder."""
    if not path or path.startswith("/") or "\\" in path or path[1:2] == ":" or "\0" in path:
        return False
    return not any(part in ("", ".", "..") for part in path.split("/"))


def open_weights(file: RepoFile, read: ReadRange) -> Opened:
    """Read the header of a weights file with ``read``."""
    suffix = PurePosixPath(file.path).suffix.lower()
    reader = read_safetensors if suffix == ".safetensors" else read_torch
    try:
        return Opened(file.path, reader(file.path, file.size_bytes, read))
    except UnreadableWeightsError as error:
        return Opened(file.path, None, str(error))


def _is_card(path: str) -> bool:
    return path == "README.md"  # any length is fine: its front matter comes first


def _order(path: str) -> tuple[int, int, str]:
    first = _FIRST.index(path) if path in _FIRST else len(_FIRST)
    return (first, path.count("/"), path)


def _is_config(path: PurePosixPath) -> bool:
    if any(part.startswith(".") for part in path.parts) or not str(path).isprintable():
        return False
    if _is_card(str(path)):
        return True
    if any(fnmatchcase(path.name, pattern) for pattern in _NOT_WORTH):
        return False
    if any(part in _PARTS for part in path.parts[:-1]):
        return False
    return any(fnmatchcase(path.name, pattern) for pattern in _CONFIG_NAMES)
