"""Find calls that download or load weights."""

import re
from collections.abc import Iterator

import libcst as cst

from lucid.check.constants import worth
from lucid.check.module import Call, Value
from lucid.check.nodes import argument, positional
from lucid.check.port import Port

COMMIT = re.compile(r"[0-9a-f]{40}")
HUB_CALLS = {
    "huggingface_hub.hf_hub_download",
    "huggingface_hub.snapshot_download",
    "huggingface_hub.file_download.hf_hub_download",
    "huggingface_hub._snapshot_download.snapshot_download",
}
_LOADERS = {"torch.load", "safetensors.torch.load_file", "torch.hub.load"}


def downloads(port: Port) -> Iterator[tuple[Call, Value | None]]:
    """Yield each call that runs in play and may download from the Hub, with its first repo."""
    for call in port.played_calls:
        if is_hub_call(port, call) or _is_from_pretrained(call):
            yield call, _repo(call)


def is_hub_call(port: Port, call: Call) -> bool:
    """Return whether a call is one of huggingface_hub's own downloads."""
    foreign = port.foreign_calls.get(call)
    return foreign is not None and foreign.name in HUB_CALLS


def is_weight_load(port: Port, call: Call) -> bool:
    """Return whether a call reads or downloads weights."""
    foreign = port.foreign_calls.get(call)
    is_known = foreign is not None and foreign.name in HUB_CALLS | _LOADERS
    return is_known or _is_from_pretrained(call)


def names_repo(port: Port, repo: Value | None) -> str | None:
    """Return the ``ORG/NAME`` of a download; None if it names a folder."""
    name = worth(port, repo)
    if not isinstance(name, str) or name.count("/") != 1 or name.startswith((".", "/", "~")):
        return None
    return name if all(name.split("/")) else None


def _is_from_pretrained(call: Call) -> bool:
    func = call.node.func
    return isinstance(func, cst.Attribute) and func.attr.value == "from_pretrained"


def _repo(call: Call) -> Value | None:
    named = (argument(call.node, name) for name in ("repo_id", "pretrained_model_name_or_path"))
    given = next((each for each in (*positional(call.node)[:1], *named) if each), None)
    return call.module.at(given) if given else None
