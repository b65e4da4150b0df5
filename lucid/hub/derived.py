"""Find what a repo is derived from: a quantised copy, an adapter, or code without weights."""

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import PurePosixPath
from typing import Literal

from lucid.hub.facts import Derived, Fact, RepoFile
from lucid.hub.known_models import BY_NAME
from lucid.hub.snapshot import ORG_NAME, Opened, RepoSnapshot
from lucid.hub.weights.copies import is_encoder, is_weights

Relation = Literal["adapter", "converted", "finetune", "merge", "quantized"]

MAX_BASES = 8
_RELATIONS: tuple[Relation, ...] = ("adapter", "finetune", "merge", "quantized")
_LINK = re.compile(
    r"(?:huggingface\.co|hf\.co)/([A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w-]*(?:\.[\w-]+)*)", re.ASCII
)
_NO_ORG = frozenset({"blog", "collections", "datasets", "docs", "papers", "posts", "spaces"})
_BASE_KEYS = ("base_model_name_or_path", "pretrained_model_name_or_path", "repo_id", "hf_repo")

_LORA = re.compile(r"(^|[^a-z])(lora|adapter_model|dora|lokr)([^a-z]|$)", re.IGNORECASE)
_LORA_TENSOR = re.compile(r"[._](lora_[A-Za-z]+|lora|alpha|dora_scale|lokr_w\d)([._]|$)")
_BY_NAME = (
    (re.compile(r"(^|[^a-z])(bnb|nf4|bitsandbytes)([^a-z]|$)", re.IGNORECASE), "bitsandbytes NF4"),
    (re.compile(r"(^|[^a-z])(fp8|float8|f?8?e4m3(fn)?)([^a-z]|$)", re.IGNORECASE), "fp8"),
    (re.compile(r"(^|[^a-z])(int8|w8a8)([^a-z]|$)", re.IGNORECASE), "int8"),
    (re.compile(r"(^|[^a-z])(int4|awq|gptq|svdq\w*|nvfp4|fp4)([^a-z]|$)", re.IGNORECASE), "4 bits"),
)
_BY_DTYPE = {"F8_E4M3": "fp8", "F8_E5M2": "fp8", "I8": "int8", "F4": "fp4"}
_METHOD = re.compile(r"[\w.-]{1,30}", re.ASCII)
_FORMATS = {".engine": "TensorRT", ".onnx": "ONNX", ".plan": "TensorRT", ".tflite": "LiteRT"}
"""Formats for programs other than torch, by suffix."""
_CODE = frozenset({".ipynb", ".json", ".py", ".sh", ".toml", ".yaml", ".yml"})
_ARCHIVES = frozenset({".7z", ".distcp", ".engine", ".gz", ".npy", ".pickle", ".tar", ".zip"})
_LARGE_BYTES = 20_000_000


def find_derived(snapshot: RepoSnapshot, documents: Mapping[str, object]) -> Fact[Derived] | None:
    """Return what the repo's weights are derived from, and how; None if nothing says so."""
    card = documents.get("README.md")
    declared = card.get("base_model_relation") if isinstance(card, dict) else None
    relation = next((name for name in _RELATIONS if name == declared), None)
    found = _adapter(snapshot) or _converted(snapshot, card) or _quantised(snapshot, documents)
    if found is None and relation is not None:
        found = relation, "", "README.md:base_model_relation"
    if found is None:
        return None
    kind, how, evidence = found
    base, place = find_base(snapshot, documents)
    value = Derived(relation=kind, how=how, base=base)
    return Fact(value=value, evidence=", ".join(filter(None, (evidence, place))))


def refuse(
    snapshot: RepoSnapshot,
    documents: Mapping[str, object],
    derived: Fact[Derived] | None,
    *,
    recognised: bool,
) -> Fact[str] | None:
    """Return why the repo cannot be played alone; None if it can.

    If only the card says that it is an adapter, and a family was ``recognised``, the card is wrong.
    """
    if derived is None:
        return _code_only(snapshot, documents)
    value = derived.value
    if value.relation == "adapter" and (value.how or not recognised):
        why = "it changes that model, and is not a model by itself"
    elif value.how == "GGUF" or value.relation == "converted":
        why = "its format is for other programs, and no engine of Lucid reads it"
    else:
        return None
    return Fact(value=f"{describe(value)}: {why}", evidence=derived.evidence)


def find_base(
    snapshot: RepoSnapshot, documents: Mapping[str, object]
) -> tuple[str | None, str | None]:
    """Return the base repo that the card or a config names, and the place of that name.

    The card's ``base_model`` comes first. Names other than ``ORG/NAME``, and the repo's own, are
    ignored.
    """
    for name, place in _named(snapshot, documents):
        is_own = name.casefold() == snapshot.repo.casefold()
        if ORG_NAME.fullmatch(name) and not is_own and not is_weights(name):
            return name, place
    return None, None


def _code_only(snapshot: RepoSnapshot, documents: Mapping[str, object]) -> Fact[str] | None:
    """Return why a repo of the Hub without weights cannot be played; None if that is unknown.

    The weights of a local folder may be elsewhere, and a part of a repo may lack some files.
    """
    if snapshot.url is None or snapshot.partial or snapshot.files_left_out:
        return None
    if not has_no_weights(snapshot.files):
        return None
    suffixes = {PurePosixPath(file.path).suffix.lower() for file in snapshot.files}
    what = "a repo without weights"
    if not _CODE.isdisjoint(suffixes):
        what = "code only: the repo holds no weights"
    base, place = find_base(snapshot, documents)
    weights = f"; the weights may be in {base} ({place})" if base else ""
    return Fact(value=f"{what}{weights}", evidence="no file holds weights")


def has_no_weights(files: Iterable[RepoFile]) -> bool:
    """Return whether no file can hold weights."""
    return not any(
        is_weights(file.path)
        or (file.size_bytes or 0) > _LARGE_BYTES
        or PurePosixPath(file.path).suffix.lower() in _ARCHIVES
        for file in files
    )


def describe(derived: Derived) -> str:
    """Return words such as ``an adapter for ORG/NAME (LoRA)``."""
    base = derived.base or "a model that its card does not name"
    how = f" ({derived.how})" if derived.how else ""
    match derived.relation:
        case "adapter":
            return f"an adapter for {base}{how}"
        case "quantized":
            return (
                f"a quantised {base}{how}" if derived.base else f"a quantised copy{how} of {base}"
            )
        case "converted":
            return f"{base} in another format{how}"
        case "merge":
            return f"a merge with {base}{how}, as its card says"
        case _:
            return f"a finetune of {base}{how}, as its card says"


def _named(snapshot: RepoSnapshot, documents: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    card = documents.get("README.md")
    bases = card.get("base_model") if isinstance(card, dict) else None
    for name in bases[:MAX_BASES] if isinstance(bases, list) else [bases]:
        if isinstance(name, str):
            yield name, "README.md:base_model"
    for path, document in documents.items():
        for key in _BASE_KEYS:
            name = document.get(key) if isinstance(document, dict) else None
            if isinstance(name, str):
                yield name, f"{path}:{key}"
    text = snapshot.configs.get("README.md", b"").decode("utf-8", "replace")
    for link in _LINK.finditer(text):
        if link[1].partition("/")[0] not in _NO_ORG:
            yield link[1], "README.md, a link"
    for name in snapshot.same_name:
        yield name, BY_NAME


def _networks(snapshot: RepoSnapshot) -> list[str]:
    """Return the paths of the weights, without encoders and autoencoders."""
    paths = [file.path for file in snapshot.files if is_weights(file.path)]
    return [path for path in paths if not is_encoder(path)]


def _adapter(snapshot: RepoSnapshot) -> tuple[Relation, str, str] | None:
    networks = _networks(snapshot)
    by_tensors = {each.path for each in snapshot.opened if _is_lora(each)}
    if networks and all(_LORA.search(path) or path in by_tensors for path in networks):
        return "adapter", "LoRA", networks[0]
    return None


def _is_lora(opened: Opened) -> bool:
    names = opened.header.tensors if opened.header else {}
    return bool(names) and all(_LORA_TENSOR.search(name) for name in names)


def _converted(snapshot: RepoSnapshot, card: object) -> tuple[Relation, str, str] | None:
    """Return the format of the weights if only programs other than torch can read it."""
    library = card.get("library_name") if isinstance(card, dict) else None
    if library == "mlx":
        return "converted", "MLX", "README.md:library_name"
    files = [(file.path, PurePosixPath(file.path).suffix.lower()) for file in snapshot.files]
    other = {path: _FORMATS[suffix] for path, suffix in files if suffix in _FORMATS}
    if other and other.keys() >= set(_networks(snapshot)):
        path, how = next(iter(other.items()))
        return "converted", how, path
    return None


def _quantised(
    snapshot: RepoSnapshot, documents: Mapping[str, object]
) -> tuple[Relation, str, str] | None:
    networks = _networks(snapshot)
    if networks and all(path.lower().endswith(".gguf") for path in networks):
        return "quantized", "GGUF", networks[0]
    for path, document in documents.items():
        config = document.get("quantization_config") if isinstance(document, dict) else None
        if isinstance(config, dict) and "text_encoder" not in path:
            method = config.get("quant_method")
            if isinstance(method, str) and _METHOD.fullmatch(method):
                nf4 = " NF4" if config.get("bnb_4bit_quant_type") == "nf4" else ""
                return "quantized", method + nf4, f"{path}:quantization_config"
    headers = [each.header for each in snapshot.opened if not is_encoder(each.path)]
    known = [header for header in headers if header is not None]
    for header in known:
        if any("bitsandbytes__nf4" in name for name in header.tensors):
            return "quantized", "bitsandbytes NF4", f"{header.path}: its tensors' names"
    if known and all(header.dtype in _BY_DTYPE for header in known):
        dtype = known[0].dtype or ""
        return "quantized", _BY_DTYPE[dtype], f"{known[0].path}: most of it is {dtype}"
    for pattern, how in _BY_NAME:
        if networks and all(pattern.search(path) for path in networks):
            return "quantized", how, f"{networks[0]}: its name"
    return None
