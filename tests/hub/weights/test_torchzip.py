from __future__ import annotations

import io
import os
import pickle
import pickletools
import struct
import zipfile
from pathlib import Path
from typing import Any

import pytest
import torch

from lucid.hub.weights.facts import UnreadableWeightsError, WeightsHeader
from lucid.hub.weights.torchzip import read_torch
from tests.hub.weights.files import (
    bomb,
    huge_checkpoint,
    pickle_of,
    reader,
    saved,
    zipped_pickle,
)

STATE: dict[str, Any] = {
    "epoch": 3,
    "model": {"w": torch.zeros(4, 3, dtype=torch.bfloat16), "b": torch.zeros(3)},
    "ema": torch.nn.Linear(2, 5).state_dict(),
}


def looked_into(data: bytes) -> WeightsHeader:
    read, _ = reader(data)
    return read_torch("x.pt", len(data), read)


@pytest.mark.parametrize("zipped", [True, False])
def test_what_torch_saves_is_read_in_both_formats(zipped: bool) -> None:
    header = looked_into(saved(STATE, zipped=zipped))
    assert {name: (t.dtype, t.shape) for name, t in header.tensors.items()} == {
        "model.w": ("BF16", (4, 3)),
        "model.b": ("F32", (3,)),
        "ema.weight": ("F32", (5, 2)),
        "ema.bias": ("F32", (5,)),
    }
    assert (header.parameters, header.complete) == (30, True)
    assert header.unsafe_imports == ()
    assert header.format == ("torch zip" if zipped else "legacy pickle")


def test_a_whole_module_is_flagged_and_its_tensors_are_named() -> None:
    header = looked_into(saved(torch.nn.Linear(2, 5)))
    assert "torch.nn.modules.linear.Linear" in header.unsafe_imports
    assert any(name.endswith("weight") for name in header.tensors)


@pytest.mark.parametrize("pack", [bytes, zipped_pickle])
def test_a_command_in_a_pickle_is_flagged_and_not_run(pack: Any, tmp_path: Path) -> None:
    header = looked_into(pack(bomb()))
    assert header.unsafe_imports == (f"{os.name}.system",)
    assert header.tensors == {}


def test_a_fifth_pickle_of_the_legacy_format_is_read_too() -> None:
    saved_state = saved(STATE, zipped=False)
    stream = io.BytesIO(saved_state)
    for _ in range(4):
        for _ in pickletools.genops(stream):
            pass
    weights = saved_state[: stream.tell()]
    header = looked_into(weights + bomb())
    assert header.unsafe_imports == (f"{os.name}.system",)
    assert header.tensors == looked_into(saved_state).tensors
    assert not looked_into(weights).complete


def test_a_second_pickle_in_an_archive_is_never_called_fully_read() -> None:
    buffer = io.BytesIO(saved(STATE))
    with zipfile.ZipFile(buffer, "a") as archive:
        archive.writestr("other/data.pkl", bomb())
    assert not looked_into(buffer.getvalue()).complete


def test_all_but_what_rebuilds_tensors_is_flagged() -> None:
    payload = pickle.dumps([os.getcwd, zipfile.ZipFile, pickle.loads], protocol=4)
    header = looked_into(zipped_pickle(payload))
    assert header.unsafe_imports == (f"{os.name}.getcwd", "zipfile.ZipFile", "_pickle.loads")


def test_a_16_gb_checkpoint_is_looked_into_for_less_than_200_kb(tmp_path: Path) -> None:
    path = tmp_path / "model.pt"
    huge_checkpoint(path, tensors=2000, size_bytes=16 * 10**9)
    asked = 0

    def read(start: int, length: int) -> bytes:
        nonlocal asked
        with path.open("rb") as file:
            file.seek(start)
            data = file.read(length)
        asked += len(data)
        return data

    header = read_torch("model.pt", 16 * 10**9, read)
    assert asked < 200_000
    assert header.dtype == "F32"
    assert len(header.tensors) > 500
    assert not header.complete


def test_a_packed_pickle_is_unpacked_up_to_a_limit() -> None:
    packed = zipped_pickle(pickle_of(STATE), method=zipfile.ZIP_DEFLATED)
    assert looked_into(packed).parameters == 30
    swollen = zipped_pickle(b"\x80\x02]" + b"N" * 50_000_000, method=zipfile.ZIP_DEFLATED)
    assert not looked_into(swollen).complete


def lie(data: bytes, offset: int, value: int) -> bytes:
    """``data`` with a number of its directory entry replaced."""
    place = data.rindex(b"PK\x01\x02") + offset
    return data[:place] + struct.pack("<I", value) + data[place + 4 :]


def lie_at_the_end(data: bytes, offset: int, value: int) -> bytes:
    place = data.rindex(b"PK\x05\x06") + offset
    return data[:place] + struct.pack("<I", value) + data[place + 4 :]


GOOD = zipped_pickle(pickle_of({"w": torch.zeros(2)}))


@pytest.mark.parametrize(
    "data",
    [
        lie(GOOD, 20, 2**31),
        lie(GOOD, 42, 2**31),
        lie(GOOD, 42, 5),
        lie_at_the_end(GOOD, 12, 2**31),
        lie_at_the_end(GOOD, 16, 2**31),
        lie_at_the_end(GOOD, 16, 0xFFFFFFFF),
        lie_at_the_end(GOOD, 16, 3),
        GOOD[:-10],
        zipped_pickle(b"", name="archive/other"),
        zipped_pickle(b"no pickle"),
        zipped_pickle(pickle_of(STATE), method=zipfile.ZIP_BZIP2),
        b"",
        b"PK\x05\x06",
        b"<html>not a checkpoint</html>",
        bytes(1000),
    ],
)
def test_an_archive_that_lies_or_is_none_is_said_to_be_so(data: bytes) -> None:
    with pytest.raises(UnreadableWeightsError, match=r"^(it|its|the) "):
        looked_into(data)


def test_sizes_that_lie_small_read_no_further_than_the_file() -> None:
    header = looked_into(lie(GOOD, 20, 10))
    assert (header.complete, header.tensors) == (False, {})
