"""Find files that hold the same weights in another format, and choose one of each."""

import re
from collections.abc import Iterable, Sequence
from pathlib import PurePosixPath

from lucid.hub.facts import RepoFile

FORMATS = (".safetensors", ".gguf", ".pt", ".pth", ".ckpt", ".bin", ".h5", ".msgpack", ".npz",
           ".onnx", ".pkl")  # fmt: skip
"""Suffixes of weights, the preferred ones first."""

_SHARD = re.compile(r"-(\d{5})(-of-\d{5})$")
_PRECISION = re.compile(r"[._-](fp16|bf16|fp32|fp8|int8|ema|non_ema)$")
_SAME_NAME = frozenset({"model", "pytorch_model", "diffusion_pytorch_model", "adapter_model"})
_LEFT = frozenset({".png", ".jpg", ".jpeg", ".gif", ".mp4", ".webm", ".webp", ".pdf", ".pyc"})


def is_weights(path: str) -> bool:
    """Return whether a file has a suffix of weights."""
    return PurePosixPath(path).suffix.lower() in FORMATS


def shard_set(path: str) -> str:
    """Replace the shard number in a path by ``*``, so that all shards have the same path."""
    pure = PurePosixPath(path)
    return str(pure.with_name(_SHARD.sub(r"-*\2", pure.stem) + pure.suffix)) if pure.name else path


def one_copy(files: Iterable[RepoFile]) -> tuple[list[RepoFile], list[RepoFile]]:
    """Return the weights to count, and their copies in another format, precision or split.

    Copies share a name and a folder. A single file at the top is a copy of ``transformer/``.
    """
    files = list(files)
    options: dict[tuple[str, str], dict[tuple[int, bool, str], list[RepoFile]]] = {}
    for file in files:
        if is_weights(file.path):
            group, option = _describe(file.path)
            options.setdefault(group, {}).setdefault(option, []).append(file)
    kept = [file for ways in options.values() for file in ways[min(ways)]]
    top = [file for file in kept if "/" not in file.path and file.path.endswith(".safetensors")]
    inner = [file for file in kept if file.path.startswith("transformer/")]
    if len(top) == 1 and inner and not any(f.path == "model_index.json" for f in files):
        kept = [file for file in kept if not file.path.startswith("transformer/")]
    counted = {file.path for file in kept}
    return kept, [f for f in files if is_weights(f.path) and f.path not in counted]


def is_small_part(file: RepoFile) -> bool:
    """Return whether a download includes the file although it holds no weights."""
    path = PurePosixPath(file.path)
    hidden = path.name.startswith(".git")
    return not is_weights(file.path) and path.suffix.lower() not in _LEFT and not hidden


def total_bytes(files: Iterable[RepoFile]) -> int | None:
    """Return the sum of the sizes; None if one is unknown."""
    sizes = [file.size_bytes for file in files]
    return None if None in sizes else sum(size or 0 for size in sizes)


def worth_opening(files: Sequence[RepoFile]) -> list[RepoFile]:
    """Return one file of each set of shards, the most informative first."""
    kept, _ = one_copy(files)
    firsts: dict[str, RepoFile] = {}
    for file in sorted(kept, key=lambda file: file.path):
        if PurePosixPath(file.path).suffix.lower() in (".safetensors", ".pt", ".pth", ".ckpt"):
            firsts.setdefault(shard_set(file.path), file)
    return sorted(firsts.values(), key=lambda file: (_rank(file), -(file.size_bytes or 0)))


_PART = re.compile(
    r"(^|/|_|-)(vae|ae|text_encoder|tokenizer|image_encoder|t5|umt5|clip|llava)", re.I
)


def is_encoder(path: str) -> bool:
    """Return whether the path names an encoder or autoencoder of the model."""
    return _PART.search(path) is not None


def _rank(file: RepoFile) -> int:
    """Rank the world model's network before its encoders, and safetensors before pickles."""
    part = 2 if is_encoder(file.path) else 0
    return part + (not file.path.endswith(".safetensors"))


def _describe(path: str) -> tuple[tuple[str, str], tuple[int, bool, str]]:
    """Return an identifier of the weights, and an identifier of this copy."""
    pure = PurePosixPath(path)
    sharded = _SHARD.search(pure.stem) is not None
    stem = _SHARD.sub("", pure.stem)
    precision = _PRECISION.search(stem)
    stem = _PRECISION.sub("", stem)
    name = "model" if stem in _SAME_NAME else stem
    suffix = FORMATS.index(pure.suffix.lower())
    split = f"{precision[1] if precision else ''}{sharded}"
    return (str(pure.parent), name), (suffix, precision is not None, split)
