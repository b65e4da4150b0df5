"""Calls that fetch or load weights."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from lucid.check.module import Call, Module
from lucid.check.port import ForeignCall, Port, Value

HUB_CALLS = {
    "huggingface_hub.hf_hub_download",
    "huggingface_hub.snapshot_download",
    "huggingface_hub.file_download.hf_hub_download",
    "huggingface_hub._snapshot_download.snapshot_download",
}
_LOADERS = {"torch.load", "safetensors.torch.load_file", "torch.hub.load"}


def downloads(port: Port) -> Iterator[tuple[Call, ForeignCall | None, Value | None]]:
    """Every played call that may download from the Hub, and the repo that it names first."""
    for call, foreign in port.foreign_calls():
        if foreign.name in HUB_CALLS:
            yield call, foreign, _repo(foreign.module, call)
    for module in port.played:
        for call in module.calls:
            if _attribute(call) == "from_pretrained":
                yield call, None, _repo(module, call)


def is_weight_load(port: Port, call: Call, foreign: ForeignCall | None) -> bool:
    """Whether a call reads weights or fetches them."""
    return (foreign is not None and foreign.name in HUB_CALLS | _LOADERS) or (
        _attribute(call) == "from_pretrained"
    )


def names_repo(port: Port, repo: Value | None) -> str | None:
    """The ``ORG/NAME`` that a download names, where it is no folder."""
    name = port.literal(repo) if repo else None
    if not isinstance(name, str) or name.count("/") != 1 or name.startswith((".", "/", "~")):
        return None
    return name if all(name.split("/")) else None


def _attribute(call: Call) -> str:
    return call.node.func.attr if isinstance(call.node.func, ast.Attribute) else ""


def _repo(module: Module, call: Call) -> Value | None:
    given = call.node.args[:1] or [
        keyword.value
        for keyword in call.node.keywords
        if keyword.arg in ("repo_id", "pretrained_model_name_or_path")
    ]
    if not given or isinstance(given[0], ast.Starred):
        return None
    return Value(module, given[0], call.function)
