"""Random configs, headers and pickles: never a traceback, never long, never much memory."""

from __future__ import annotations

import json
import resource
import time
from typing import Any

import pytest
import torch
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lucid.hub.families import load_families
from lucid.hub.inspect import inspect_snapshot
from lucid.hub.weights.facts import UnreadableWeightsError
from lucid.hub.weights.pickles import walk_pickles
from lucid.hub.weights.safetensors import read_safetensors
from lucid.hub.weights.torchzip import read_torch
from tests.hub.repos import made_up
from tests.hub.weights.files import entry, pickle_of, reader, safetensors, zipped_pickle

FAMILIES = load_families()
NAMES = (
    "config.json", "config.yaml", "model_index.json", "transformer/config.json", "README.md",
    "csgo/config/env/csgo.yaml", "base_model/config.json",
)  # fmt: skip
KEYS = st.sampled_from([
    "_class_name", "action_config", "keyboard_dim_in", "architectures", "model_type", "n_buttons",
    "train", "size", "id", "_target_", "denoiser", "tags", "license", "auto_map", "base_model",
    "num_frames_per_block", "scheduler_sigmas", "height", "inference_fps", "control_type", "x",
])  # fmt: skip
SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=20),
    st.integers(min_value=2**200, max_value=2**300), KEYS,
    st.sampled_from(["MatrixGame2I2VPipeline", "CausalWanModel", "waypoint-1.5", "csgo", "cam"]),
)  # fmt: skip
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=5), st.dictionaries(KEYS, inner, max_size=6)),
    max_leaves=30,
)
BLOWN_UP_S = 20
"""Of processor time. A moment is well under a second; what blows up takes minutes or no end."""
SLOW = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def inspect(content: bytes) -> None:
    snapshot = made_up({}, *NAMES, "base_distill.safetensors", "csgo/model/csgo.pt")
    configs = {
        name: b"---\n" + content + b"\n---\n" if name.endswith(".md") else content for name in NAMES
    }
    facts = inspect_snapshot(type(snapshot)(**{**vars(snapshot), "configs": configs}), FAMILIES)
    assert json.loads(facts.model_dump_json())["family"] == facts.family


@SLOW
@given(VALUES)
def test_configs_of_any_shape_and_type(value: Any) -> None:
    inspect(json.dumps(value, default=str).encode())
    inspect(yaml.safe_dump(value).encode("utf-8", "surrogatepass"))


@SLOW
@given(st.binary(max_size=300))
def test_configs_of_any_bytes(content: bytes) -> None:
    inspect(content)


@pytest.mark.parametrize(
    "content",
    [
        b"[" * 60_000,
        b"{" * 60_000,
        b'{"a":' * 10_000 + b"1" + b"}" * 10_000,
        b"- " * 30_000,
        b"a: " + b"9" * 60_000,
        b'{"n_buttons": ' + b"9" * 4000 + b"}",
        b'{"train": {"size": [1e308, -1e308]}, "inference_fps": NaN}',
        b"a: &a [x,x,x,x]\nb: &b [*a,*a,*a,*a]\nc: [*b,*b,*b,*b]\n",
        b"x: !!python/object/apply:os.system [id]",
        b"? [a, b]\n: c",
        b"\xed\xa0\x80",
        b"a: " + "\u2028".encode() * 1000,
        b"<<: {a: 1}\n",
        b"&a a: *a",
        b"2001-99-99: 1999-13-45",
        b"a: 1:2:3:4:5:6:7:8:9" * 500,
        b"%YAML 9.9\n---\n",
        b"!!binary '===='",
    ],
    ids=lambda content: repr(content[:20]),
)
def test_known_bombs_are_read_in_a_moment_and_100_mb(content: bytes) -> None:
    before_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started_s = time.process_time()
    inspect(content[: 64 * 1024])
    assert time.process_time() - started_s < BLOWN_UP_S
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before_kb < 100_000


@SLOW
@given(st.dictionaries(st.text(max_size=10), VALUES, max_size=6), st.integers(0, 400))
def test_headers_of_any_shape_cut_off_anywhere(header: dict[str, Any], cut: int) -> None:
    data = safetensors(json.dumps({**header, "w": entry("F32", 2)}, default=str).encode())
    look(read_safetensors, data)
    look(read_safetensors, data[:cut])


@SLOW
@given(st.binary(max_size=400))
def test_weights_of_any_bytes(data: bytes) -> None:
    look(read_safetensors, data)
    look(read_torch, data)
    look(read_torch, zipped_pickle(data))
    look(read_torch, zipped_pickle(b"\x80\x04" + data))


@pytest.mark.parametrize("name", ["frames/{}.png", "w/{}.safetensors", "a-" * 60 + "{}.pt"])
def test_thousands_of_files_are_looked_at_in_a_moment(name: str) -> None:
    snapshot = made_up({"config.json": "{}"}, *(name.format(n) for n in range(4999)))
    started_s = time.process_time()
    assert len(inspect_snapshot(snapshot, FAMILIES).files) == 5000
    assert time.process_time() - started_s < BLOWN_UP_S


TORCH = pickle_of({"a": {"w": torch.zeros(2, 3)}})
ARCHIVE = zipped_pickle(TORCH)


@SLOW
@given(st.integers(0, len(ARCHIVE) - 1), st.integers(0, 255))
def test_archives_with_one_byte_changed(place: int, byte: int) -> None:
    look(read_torch, ARCHIVE[:place] + bytes([byte]) + ARCHIVE[place + 1 :])


@SLOW
@given(st.integers(0, len(TORCH)), st.binary(max_size=30))
def test_pickles_cut_off_and_continued_with_anything(place: int, rest: bytes) -> None:
    header = walk_pickles("a.pt", "torch zip", TORCH[:place] + rest, 1)
    assert header is None or all(isinstance(name, str) for name in header.imports)


@pytest.mark.parametrize(
    "payload",
    [
        b"\x80\x02r\xff\xff\xff\xffN.",
        b"\x80\x02" + b"]" * 100_000 + b"a" * 99_999 + b".",
        b"\x80\x02}q\x00h\x00h\x00s.",
        b"\x80\x02" + b"(" * 100_000 + b"l" * 100_000 + b".",
        b"\x80\x02X\xff\xff\xff\xffabc",
        b"\x80\x04\x8e\xff\xff\xff\xff\xff\xff\xff\x7f",
        b"\x80\x02\x8b\xff\xff\xff\x7f",
        b"\x80\x02]q\x00" + b"h\x00a" * 30_000 + b".",
        b"\x80\x02]q\x00(" + b"h\x00" * 30_000 + b"e" + b"h\x00" + b"2(e" * 1000,
        b"\x80\x02cos\nsystem\n)R.",
        b"\x80\x04\x8c\x02os\x8c\x06system\x93.",
        b"I" + b"9" * 100_000 + b"\n.",
    ],
    ids=lambda payload: repr(payload[:16]),
)
def test_pickle_bombs_are_walked_in_a_moment_and_100_mb(payload: bytes) -> None:
    before_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started_s = time.process_time()
    look(read_torch, zipped_pickle(payload))
    walk_pickles("a.pt", "legacy pickle", payload, 4)
    assert time.process_time() - started_s < BLOWN_UP_S
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before_kb < 100_000


def look(read: Any, data: bytes) -> None:
    source, _ = reader(data)
    try:
        header = read("x", len(data), source)
    except UnreadableWeightsError as error:
        assert str(error)
    else:
        assert header.parameters is None or header.parameters >= 0
