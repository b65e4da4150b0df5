"""What is read of a repo: its list of files, small configs, and the headers of some weights."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import PurePosixPath

from lucid.hub.facts import Cost, RepoFile
from lucid.hub.weights.facts import ReadRange, UnreadableWeightsError, WeightsHeader
from lucid.hub.weights.safetensors import read_safetensors
from lucid.hub.weights.torchzip import read_torch

MAX_CONFIG_BYTES = 64 * 1024
MAX_CONFIG_FILES = 7
MAX_OPENED = 4
MAX_FILES = 5_000
"""Of a repo with more files, those nearest the top are looked at."""

# Those that say what a repo is come first; other configs follow, those near the top first.
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
    """A weights file that was looked into: its header, or why there is none."""

    path: str
    header: WeightsHeader | None
    problem: str | None = None


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
    opened: tuple[Opened, ...] = ()
    scan: str | None = None
    """What the Hub's scanners say; None where nothing was said."""
    url: str | None = None
    """The repo's page."""
    files_left_out: int = 0
    cost: Cost | None = None
    closed: bool = False
    """Gated and not open to you: this is what is public, the list of files and the card."""
    partial: bool = False
    """Read from the cache, which holds only what was downloaded: there may be more files."""


def config_paths(files: Iterable[RepoFile]) -> list[str]:
    """The files worth reading: the model card and small configs, the telling ones first."""
    paths = [
        file.path
        for file in files
        if (file.size_bytes is None or file.size_bytes <= MAX_CONFIG_BYTES or _is_card(file.path))
        and _is_config(PurePosixPath(file.path))
    ]
    return sorted(paths, key=_order)[:MAX_CONFIG_FILES]


def keep_files(files: Iterable[RepoFile]) -> tuple[tuple[RepoFile, ...], int]:
    """The files to look at, and how many more there are; paths that leave the repo never."""
    safe = [file for file in files if is_safe_path(file.path)]
    if len(safe) > MAX_FILES:
        kept = sorted(safe, key=lambda file: (file.path.count("/"), file.path))[:MAX_FILES]
        return tuple(kept), len(safe) - MAX_FILES
    return tuple(safe), 0


def is_safe_path(path: str) -> bool:
    """False for a path that is absolute or could lead out of the repo's folder."""
    if not path or path.startswith("/") or "\\" in path or path[1:2] == ":" or "\0" in path:
        return False
    return not any(part in ("", ".", "..") for part in path.split("/"))


def open_weights(file: RepoFile, read: ReadRange) -> Opened:
    """What a weights file says of itself, by ``read``."""
    suffix = PurePosixPath(file.path).suffix.lower()
    reader = read_safetensors if suffix == ".safetensors" else read_torch
    try:
        return Opened(file.path, reader(file.path, file.size_bytes, read))
    except UnreadableWeightsError as error:
        return Opened(file.path, None, str(error))


def _is_card(path: str) -> bool:
    """A card may be long: its front matter stands at the start."""
    return path == "README.md"


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
