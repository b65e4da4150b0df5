from __future__ import annotations

import json
import struct

import pytest

from lucid.hub.weights.facts import UnreadableWeightsError
from lucid.hub.weights.safetensors import FIRST_BYTES, MAX_HEADER_BYTES, read_safetensors
from tests.hub.weights.files import entry, reader, safetensors


def test_names_shapes_and_dtypes_are_read_and_parameters_counted() -> None:
    data = safetensors({"__metadata__": {"a": "b"}, "w": entry("BF16", 4, 3), "b": entry("F32", 3)})
    read, asked = reader(data)
    header = read_safetensors("x", len(data), read)
    assert {name: (t.dtype, t.shape) for name, t in header.tensors.items()} == {
        "w": ("BF16", (4, 3)),
        "b": ("F32", (3,)),
    }
    assert (header.parameters, header.dtype, header.complete) == (15, "BF16", True)
    assert asked() == len(data)


def test_of_a_large_file_only_the_start_is_read() -> None:
    data = safetensors({"w": entry("F16", 2)}, data_bytes=10 * FIRST_BYTES)
    read, asked = reader(data)
    assert read_safetensors("x", len(data), read).parameters == 2
    assert asked() == FIRST_BYTES


def test_a_longer_header_is_read_in_two_parts_and_a_very_long_one_in_its_beginning() -> None:
    some = {f"blocks.{n:04}.weight": entry("BF16", 8) for n in range(600)}
    data = safetensors(some)
    read, _ = reader(data)
    assert FIRST_BYTES < len(data) < MAX_HEADER_BYTES
    assert read_safetensors("x", len(data), read).parameters == 4800
    many = {f"blocks.{n:04}.weight": entry("BF16", 8) for n in range(4000)}
    data = safetensors(many)
    read, asked = reader(data)
    header = read_safetensors("x", len(data), read)
    assert (header.complete, header.parameters, header.dtype) == (False, None, "BF16")
    assert 1000 < len(header.tensors) < 4000
    assert asked() == MAX_HEADER_BYTES


def test_a_header_of_100_mb_is_not_asked_for() -> None:
    start = struct.pack("<Q", 100_000_000) + b'{"w": {"dtype": "F32", "shape": [2, 3], "data_o'
    read, asked = reader(start + bytes(MAX_HEADER_BYTES * 2))
    header = read_safetensors("x", 200_000_000, read)
    assert header.tensors["w"].shape == (2, 3)
    assert not header.complete
    assert asked() == MAX_HEADER_BYTES


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"1234567",
        struct.pack("<Q", 2**63),
        struct.pack("<Q", 50) + b"{}",
        safetensors(b"not json"),
        safetensors(b"\xff\xfe"),
        safetensors(b"[]"),
        safetensors(b"[" * 20_000),
        safetensors({"w": 3}),
        safetensors({"w": {"dtype": "F32"}}),
        safetensors({"w": entry("F32", -1)}),
        safetensors({"w": entry("F32", 10**30)}),
        safetensors({"w": entry("HUGE", 1)}),
        safetensors({"w": {"dtype": ["F32"], "shape": "12"}}),
        safetensors({"x" * 1000: entry("F32", 1)}),
        safetensors(b'{"w": ' + b"9" * 10_000 + b"}"),
        safetensors(json.dumps({str(n): entry("I8", 1) for n in range(30_000)}).encode()[:-1]),
    ],
)
def test_what_is_no_safetensors_file_is_said_to_be_none(data: bytes) -> None:
    read, _ = reader(data)
    try:
        header = read_safetensors("x", len(data), read)
    except UnreadableWeightsError as error:
        assert str(error).startswith("it")
    else:
        assert not header.complete  # the last one: cut off where it is too long to read whole
