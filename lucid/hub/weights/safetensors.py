"""Read the header of a ``.safetensors`` file: 8 bytes with its length, then JSON."""

import json
import re

from lucid.hub.weights.facts import (
    MAX_NAME,
    MAX_TENSORS,
    ReadRange,
    Tensor,
    UnreadableWeightsError,
    WeightsHeader,
    as_tensor,
)

FIRST_BYTES = 32 * 1024
"""Size of the first request, which most headers fit into."""
MAX_HEADER_BYTES = 128 * 1024
"""A longer header is cut here, because its start is enough to know the model and its dtype."""
MAX_LENGTH = 100_000_000
"""The format's own limit."""

_ENTRY = re.compile(
    r'"((?:[^"\\]|\\.){1,300})"\s*:\s*\{\s*"dtype"\s*:\s*"(\w+)"\s*,\s*"shape"\s*:\s*'
    r"\[((?:\s*\d{1,15}\s*,?){0,16})\s*\]"
)


def read_safetensors(
    path: str, size_bytes: int | None, read: ReadRange, most_bytes: int = MAX_HEADER_BYTES
) -> WeightsHeader:
    """Return the tensors of one file, from at most ``most_bytes`` of its header.

    Raises:
        UnreadableWeightsError: It is not a safetensors file.
    """
    start = read(0, FIRST_BYTES)
    if len(start) < 8:
        raise UnreadableWeightsError("it is too short for a safetensors file")
    length = int.from_bytes(start[:8], "little")
    if length > MAX_LENGTH or (size_bytes is not None and length + 8 > size_bytes):
        raise UnreadableWeightsError("its header's length is beyond the file or the format's limit")
    wanted = min(length + 8, most_bytes)
    if len(start) < wanted:
        start += read(len(start), wanted - len(start))
    header = start[8 : 8 + length]
    if len(header) == length:
        return WeightsHeader(path, "safetensors", _whole(header), data_start=8 + length)
    return WeightsHeader(path, "safetensors", _beginning(header), complete=False)


def _whole(header: bytes) -> dict[str, Tensor]:
    try:
        document = json.loads(header.decode("utf-8"))
    except (ValueError, RecursionError):
        raise UnreadableWeightsError("its header is not JSON") from None
    if not isinstance(document, dict) or len(document) > MAX_TENSORS:
        raise UnreadableWeightsError("its header is not a table of tensors")
    tensors = {}
    for name, entry in document.items():
        if name == "__metadata__":
            continue
        entry = entry if isinstance(entry, dict) else {}
        tensor = as_tensor(entry.get("dtype"), entry.get("shape"))
        if tensor is None or len(name) > MAX_NAME:
            raise UnreadableWeightsError("its header describes something that is not a tensor")
        tensors[name] = tensor
    return tensors


def _beginning(header: bytes) -> dict[str, Tensor]:
    """Return the entries of a header that was cut off."""
    tensors = {}
    for name, dtype, sides in _ENTRY.findall(header.decode("utf-8", "replace")):
        shape = [int(side) for side in sides.replace(",", " ").split()]
        if (tensor := as_tensor(dtype, shape)) is not None:
            tensors[name] = tensor
    return tensors
