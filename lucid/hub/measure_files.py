"""Measure what loading a repo takes: bytes to download, GPU memory, and files that run code."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any

from lucid.hub.facts import Fact, LookedInto, RepoFile, Variant
from lucid.hub.memory_settings import BITS
from lucid.hub.snapshot import Opened, RepoSnapshot
from lucid.hub.weights.copies import is_encoder, is_small_part, one_copy, shard_set, total_bytes
from lucid.hub.weights.facts import DTYPE_BITS

# fmt: off
_RUNS_CODE = frozenset({
    ".bin", ".ckpt", ".dill", ".dll", ".dylib", ".joblib", ".pickle", ".pkl", ".pt", ".pth", ".py",
    ".pyc", ".sh", ".so",
})
# fmt: on
"""Python, native code, and formats that are or can be pickles."""

_SHOWN_TENSORS = 3
_NETWORKS = ("transformer", "unet")
"""How the folders start whose weights every step runs, of diffusers and of LingBot-World 2."""


def runs_code(files: Iterable[RepoFile], documents: Mapping[str, object]) -> tuple[str, ...]:
    """Return files that would run code if loaded, and configs with an ``auto_map``."""
    listed = [file.path for file in files if PurePosixPath(file.path).suffix.lower() in _RUNS_CODE]
    mapped = [
        f"{path} (auto_map)"
        for path, document in documents.items()
        if isinstance(document, dict) and "auto_map" in document
    ]
    return (*listed, *mapped)


def download(files: Sequence[RepoFile], facts: Mapping[str, Fact[Any] | None]) -> Fact[int] | None:
    """Return the bytes of one copy of the weights and of the small files, if all are known."""
    weights, copies = _loaded(files, facts)
    total = total_bytes([*weights, *(file for file in files if is_small_part(file))])
    if total is None or not weights:
        return None
    evidence = f"sizes of {len(weights)} weights file(s) and the small ones"
    if copies:
        names = ", ".join(dict.fromkeys(shard_set(file.path) for file in copies[:6]))
        evidence += f"; the same weights again, or not needed: {names}"
    return Fact(value=total, evidence=evidence)


def vram(
    snapshot: RepoSnapshot, facts: Mapping[str, Fact[Any] | None], variants: Sequence[Variant]
) -> Fact[dict[str, int]] | None:
    """Return the GPU memory of one variant's weights, without activations and caches.

    It is that of all weights (`stored`), of the networks, of the largest network and of the
    largest other part. `bf16`, `fp8` and `int8` are all weights with the networks stored so.
    """
    weights, _ = _loaded(snapshot.files, facts)
    own = {path for variant in variants for path in variant.weights}
    by_path = {file.path: file for file in weights}
    shared = [file for file in weights if file.path not in own]
    groups = [
        [by_path[path] for path in variant.weights if path in by_path]
        for variant in variants
        if variant.weights
    ]
    totals = [total_bytes([*shared, *group]) for group in groups or [[]]]
    if None in totals or not weights:
        return None
    stored = max(total or 0 for total in totals)
    is_pipeline = any(_part(file.path).startswith(_NETWORKS) for file in weights)
    networks, rest = Counter[str](), Counter[str]()
    for file in shared:
        part = _part(file.path)
        is_network = part.startswith(_NETWORKS) if is_pipeline else not is_encoder(file.path)
        (networks if is_network else rest)[part] += file.size_bytes or 0
    network = stored - sum(rest.values())
    sizes = {"stored": stored, "network": network, "rest": max(rest.values(), default=0)}
    sizes["largest"] = network if own else max(networks.values(), default=0)
    dtypes = {
        opened.header.dtype
        for opened in snapshot.opened
        if opened.header and _part(opened.path) not in rest
    }
    dtypes.discard(None)
    evidence = "sizes of the weights files" + (" of the largest variant" if groups else "")
    if len(dtypes) == 1:
        (dtype,) = dtypes
        bits = DTYPE_BITS[str(dtype)]
        kept = stored - network
        sizes |= {name: kept + network * wanted // bits for name, wanted in BITS.items()}
        evidence += f", stored as {dtype} by their headers"
    return Fact(value=sizes, evidence=f"{evidence}; activations and caches come on top")


def _part(path: str) -> str:
    """Return the folder of a file, or the name of a set of shards that is in none."""
    return PurePosixPath(shard_set(path)).parts[0]


def looked_into(opened: Iterable[Opened]) -> tuple[LookedInto, ...]:
    """Describe each weights file whose header was read."""
    return tuple(map(_look, opened))


def _look(opened: Opened) -> LookedInto:
    header = opened.header
    if header is None:
        return LookedInto(
            path=opened.path, format=None, tensors=None, parameters=None, dtype=None,
            complete=False, examples=(), unsafe_imports=(), problem=opened.problem,
        )  # fmt: skip
    shown = list(header.tensors.items())[:_SHOWN_TENSORS]
    return LookedInto(
        path=opened.path,
        format=header.format,
        tensors=len(header.tensors),
        parameters=header.parameters,
        dtype=header.dtype,
        complete=header.complete,
        examples=tuple(
            f"{_plain(name)} {tensor.dtype} {list(tensor.shape)}" for name, tensor in shown
        ),
        unsafe_imports=tuple(map(_plain, header.unsafe_imports)),
        problem=None,
    )


def _loaded(
    files: Sequence[RepoFile], facts: Mapping[str, Fact[Any] | None]
) -> tuple[list[RepoFile], list[RepoFile]]:
    """Return the weights to load, and the others. The engine's list decides, if it is known."""
    kept, copies = one_copy(files)
    known = facts.get("engine_files")
    if known is None:
        return kept, copies
    wanted = set(known.value)
    every = [*kept, *copies]
    return (
        [file for file in every if file.path in wanted],
        [file for file in every if file.path not in wanted],
    )


def _plain(text: str) -> str:
    return text if text.isprintable() else ascii(text)
