"""Engines on several GPUs: each rank loads its part of upstream's sequence parallelism.

Here, the ranks are processes on a CPU, and gloo connects them. With LUCID_UPSTREAM, a folder of
checkouts, two of them make the frames of one.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lucid._target import PortLocation, find_port
from lucid.check.engine import check_port
from lucid.errors import ChoiceError
from lucid.lock import Choices
from lucid.runtime.loading import load_model_class, stub_config
from lucid.runtime.memory import playing
from lucid.runtime.stepped_port import SteppedPort
from tests.engines.porting import DOUBLES, Port, real_param
from tests.hub.repos import folder_facts
from tests.scaffold.facts import recorded_facts
from tests.scaffold.golden import GOLDEN, NOT_KEPT, golden_choices

PORTS = ("lingbot-world", "lingbot-world-2", "lingbot-world-fast", "matrix-game-3", "worldplay")
TWO = {"devices": "2"}
SENT: list[list[Any]] = [
    [("forward", {"pressed": True})],
    [("set_prompt", {"prompt": "a"})],
    [("forward", {"pressed": False}), ("left", {"pressed": True})],
    [],
]


def write_port(folder: str, devices: str, place: Path, monkeypatch: pytest.MonkeyPatch) -> Port:
    name, repo = (GOLDEN | NOT_KEPT)[folder]
    choices = golden_choices(folder).model_copy(update={"answers": {"devices": devices}})
    place.mkdir(exist_ok=True)
    return Port(name, recorded_facts(repo, choices), place, monkeypatch)


def play(port: Port, source: str, weights: Path) -> np.ndarray:
    """Play four steps of the model that this module, in the port's folder, calls Tiny."""
    model = port.model_cls.__name__ if "{model}" in source else ""
    text = source.format(name=port.name, model=model, weights=str(weights))
    (port.folder / "tiny.py").write_text(text, "utf-8")
    with SteppedPort(PortLocation(port.folder, "tiny", "Tiny")) as stepped:
        session = stepped.session()
        session.begin()
        return np.concatenate([session.step(sent).frames["main_video"] for sent in SENT])


@pytest.mark.parametrize("folder", PORTS)
async def test_a_port_for_two_gpus_is_right_and_plays_on_the_stub(
    folder: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = write_port(folder, "2", tmp_path, monkeypatch)
    found = find_port(port.name, tmp_path)
    assert {diagnostic.code for diagnostic in check_port(found)} <= {"LUC007", "LUC901"}  # no pin
    model_cls = load_model_class(found)
    assert model_cls.devices == 2
    async with playing(model_cls, stub_config(model_cls)) as player:
        await player.next_frames(2)
    assert player.errors == []


def test_other_numbers_of_gpus_are_refused_with_those_that_share_the_heads() -> None:
    with pytest.raises(ChoiceError, match="devices is '3'") as caught:
        recorded_facts(
            "tencent/HY-WorldPlay", Choices(variant="ar_distilled", answers={"devices": "3"})
        )
    assert caught.value.hint == "one of: 1, 2, 4, 8"
    with pytest.raises(ChoiceError, match="no setting 'devices'"):
        recorded_facts("Etched/oasis-500m", Choices(answers=TWO))


DOUBLE = """
import torch
from lucid.golden import tiny_port

torch.cuda.current_device = lambda: 0  # upstream asks at import
playing = tiny_port("{name}", "{weights}", WIDTH=64, HEIGHT=32, FRAMES_PER_STEP=8)
port = playing.__enter__()


class Tiny(port.{model}):
    pass
"""
CONFIG = '{"_class_name": "WanModel", "model_type": "i2v", "control_type": "cam"}'


def test_two_ranks_play_a_double_of_upstream(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("torch")
    weights = tmp_path / "weights"
    for expert in ("high_noise_model", "low_noise_model"):
        (weights / expert).mkdir(parents=True)
        (weights / expert / "config.json").write_text(CONFIG)
    (weights / "google/umt5-xxl").mkdir(parents=True)
    for name in ("Wan2.1_VAE.pth", "models_t5_umt5-xxl-enc-bf16.pth", "google/umt5-xxl/a.json"):
        (weights / name).write_bytes(b"x")
    facts = folder_facts(weights, Choices(answers=TWO))
    port = Port("lingbot", facts, tmp_path, monkeypatch)
    port.put_upstream(DOUBLES / "lingbot-world")
    # Upstream's barrier at the end of each clip waits for the other rank.
    assert play(port, DOUBLE, weights).shape == (32, 32, 64, 3)


REAL = """
import sys
from importlib import import_module
from pathlib import Path

import torch
from lucid.golden import import_upstream, tiny_port

sys.path.insert(0, str(Path(__file__).parent / "tests"))
import test_engine as test

weights = Path("{weights}")
changed = dict(WIDTH=test.WIDTH, HEIGHT=test.HEIGHT)


def load(*modules, folder=""):
    test.import_patched(import_upstream("{name}", folder, modules=modules))
    if not weights.is_dir():  # the first port makes them
        weights.mkdir()
        test.save_weights(weights)


%s

playing = tiny_port("{name}", weights, **changed)
port = playing.__enter__()


class Tiny(port.{model}):
    pass
"""
LINGBOT = """
MODULE = "wan.distributed.sequence_parallel"
*modules, pipeline = test.PATCHES.items()
on_a_cpu = {{"torch.amp.autocast('cuda', dtype=torch.float32)": "in_float32()"}}
test.PATCHES = dict([*modules, (MODULE, on_a_cpu), pipeline])
cpu = test.on_a_cpu()
cpu.__enter__()
load("wan")
parallel = import_module(MODULE)
parallel.in_float32, parallel.flash_attention = test.in_float32, test.attention
changed |= dict(WORDS=test.TEXT, BASE=str(weights / test.BASE), WINDOW=test.WINDOW)
changed |= dict(SINK=test.SINK, SEEN_STEPS=test.SEEN)
"""
WORLDPLAY = """
torch.nn.LayerNorm.forward = test.layer_norm
del test.PATCHES["hyvideo.generate"]
test.PATCHES["hyvideo.commons.parallel_states"] = {{'"cuda"': '"cpu"'}}
load("diffusers", "hyvideo", "torchvision")
changed |= dict(LINKS=str(weights / "links"), MEMORY_STEPS=test.MEMORY_STEPS)
"""
MATRIX_GAME = """
torch.cuda.current_device = lambda: "cpu"
load("wan", folder="Matrix-Game-3")
attention = test.attention  # upstream's parallel code passes what its own attention does not take
import_module("wan.modules.attention").attention = attention
changed["CONTEXT_STEPS"] = test.CONTEXT
"""


@pytest.mark.parametrize(
    ("checkout", "folder", "patches", "tolerance"),
    [
        real_param("lingbot-world", "lingbot-world-fast", LINGBOT, 2, id="lingbot-world-fast"),
        real_param("Matrix-Game", "matrix-game-3", MATRIX_GAME, 8, id="matrix-game-3"),
        real_param("HY-WorldPlay", "worldplay", WORLDPLAY, 2, id="worldplay"),
    ],
)
def test_two_ranks_make_the_frames_of_one(
    checkout: Path,
    folder: str,
    patches: str,
    tolerance: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    frames = []
    for devices in ("1", "2"):
        port = write_port(folder, devices, tmp_path / devices, monkeypatch)
        port.put_upstream(checkout)
        frames.append(play(port, REAL % patches, tmp_path / "weights").astype(int))
    assert frames[0].std() > 10
    difference = np.abs(frames[0] - frames[1])  # of 255
    assert difference.max() <= tolerance and difference.mean() < 1
