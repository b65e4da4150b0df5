"""Weights files for tests: real ones of torch, and made up ones of any size."""

from __future__ import annotations

import io
import json
import pickle
import struct
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch

from lucid.hub.weights.facts import ReadRange


def safetensors(header: Mapping[str, Any] | bytes, data_bytes: int = 0) -> bytes:
    """A file with this header, as it is or as JSON."""
    raw = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(raw)) + raw + bytes(data_bytes)


def entry(dtype: str, *shape: int) -> dict[str, Any]:
    return {"dtype": dtype, "shape": list(shape), "data_offsets": [0, 0]}


def saved(state: Any, *, zipped: bool = True) -> bytes:
    """What torch.save writes."""
    buffer = io.BytesIO()
    torch.save(state, buffer, _use_new_zipfile_serialization=zipped)
    return buffer.getvalue()


def reader(data: bytes) -> tuple[ReadRange, Callable[[], int]]:
    """How a reader asks for ``data``, and how much it has asked for."""
    asked = 0

    def read(start: int, length: int) -> bytes:
        nonlocal asked
        part = data[start : start + length]
        asked += len(part)
        return part

    return read, lambda: asked


def huge_checkpoint(path: Path, tensors: int, size_bytes: int) -> None:
    """A sparse zip archive as torch writes it, of ``size_bytes``, with one huge storage."""
    state = {f"blocks.{n}.attn.weight": torch.empty(1) for n in range(tensors)}
    pickled = pickle_of(state)
    name = b"archive/data.pkl"
    local = struct.pack("<4s5H3I2H", b"PK\x03\x04", 0, 8, 0, 0, 0, 0, 0, 0, len(name), 0) + name
    entries = _entry(name, len(pickled), 0, b"")
    for number in range(tensors):
        wide = struct.pack("<HHQ", 1, 8, 2**33)
        entries += _entry(b"archive/data/%d" % number, 4, 0xFFFFFFFF, wide)
    end64 = struct.pack(
        "<4sQ2H2I4Q", b"PK\x06\x06", 44, 0, 0, 0, 0, tensors, tensors, len(entries),
        size_bytes - len(entries) - 98,
    )  # fmt: skip
    locator = struct.pack("<4sIQI", b"PK\x06\x07", 0, size_bytes - 98, 1)
    end = struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, 0xFFFF, 0xFFFF, 2**32 - 1, 2**32 - 1, 0)
    tail = entries + end64 + locator + end
    with path.open("wb") as file:
        file.write(local + pickled)
        file.seek(size_bytes - len(tail))
        file.write(tail)


def pickle_of(state: Any) -> bytes:
    """The ``data.pkl`` that torch.save writes."""
    import zipfile

    with zipfile.ZipFile(io.BytesIO(saved(state))) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith("/data.pkl"))
        return archive.read(name)


def zipped_pickle(payload: bytes, name: str = "archive/data.pkl", method: int = 0) -> bytes:
    """An archive that holds ``payload`` as its pickle."""
    import zipfile

    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        archive.writestr(name, payload)
    return buffer.getvalue()


class Bomb:
    """A pickle that would run a command."""

    def __reduce__(self) -> tuple[Any, ...]:
        import os

        return (os.system, ("touch /nowhere/executed",))


def bomb() -> bytes:
    return pickle.dumps({"weight": Bomb()})


def _entry(name: bytes, size: int, offset: int, extra: bytes) -> bytes:
    return (
        struct.pack(
            "<4s6H3I5H2I", b"PK\x01\x02", 0, 0, 8, 0, 0, 0, 0, size, size, len(name), len(extra),
            0, 0, 0, 0, offset,
        )
        + name
        + extra
    )  # fmt: skip
