"""Cosmos-Predict2 with a robot's actions: the generated engine on a double of NVIDIA's package."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from lucid.runtime.memory import playing
from tests.engines.porting import (
    DOUBLES,
    Port,
    has_a_world_of_its_own,
    put_locally,
    refuses_other_sizes,
)
from tests.hub.repos import folder_facts

torch = pytest.importorskip("torch")
NAMES = ("dx", "dy", "dz", "roll", "pitch", "yaw", "gripper")


@pytest.fixture
def cosmos(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A port of it; the pipeline keeps its calls."""
    weights = tmp_path / "weights"
    weights.mkdir()
    (weights / "model-480p-4fps.pt").write_bytes(b"x")
    port = Port("cosmos", folder_facts(weights), tmp_path, monkeypatch)
    port.set(WIDTH=64, HEIGHT=32)
    put_locally(port.engine.BASE, tmp_path, monkeypatch, "tokenizer/tokenizer.pth")
    monkeypatch.syspath_prepend(DOUBLES / "cosmos-predict2")
    upstream = importlib.import_module("cosmos_predict2.pipelines.video2world_action")
    calls = upstream.Video2WorldActionConditionedPipeline.calls
    calls.clear()
    yield SimpleNamespace(port=port, module=port.engine, calls=calls)
    for name in [name for name in sys.modules if name.partition(".")[0] == "cosmos_predict2"]:
        del sys.modules[name]


def pulled(game: Any, **axes: float) -> Any:
    """An action with these axes pulled."""
    return game.module.Action(vector=tuple(axes.get(name, 0.0) for name in NAMES))


def test_a_clip_is_twelve_frames_though_upstream_hands_over_only_one(cosmos: Any) -> None:
    engine = cosmos.port.loaded()
    for _ in range(2):
        frames = engine.step(pulled(cosmos))
        assert tuple(frames.shape) == (12, 3, 32, 64)
        assert frames.min() >= -1 and frames.max() <= 1


def test_motion_is_scaled_by_twenty_and_the_gripper_is_not(cosmos: Any) -> None:
    engine = cosmos.port.loaded()
    engine.step(pulled(cosmos, dx=1, yaw=-0.5))
    actions = cosmos.calls[-1]["actions"]
    assert actions.shape == (12, 7)
    assert actions[0] == pytest.approx([0.4, 0, 0, 0, 0, -0.5, 1])
    assert np.array_equal(actions, np.tile(actions[0], (12, 1)))


def test_the_gripper_s_number_is_where_it_is_and_stays_there(cosmos: Any) -> None:
    engine = cosmos.port.loaded()
    engine.step(pulled(cosmos, gripper=-0.5))
    closing = cosmos.calls[-1]["actions"][:, 6]
    assert closing.tolist() == [max(0, 1 - 0.125 * frame) for frame in range(1, 13)]
    engine.step(pulled(cosmos))
    assert cosmos.calls[-1]["actions"][:, 6].tolist() == [0] * 12
    engine.reset()
    engine.step(pulled(cosmos))
    assert cosmos.calls[-1]["actions"][:, 6].tolist() == [1] * 12


def test_a_clip_starts_at_the_last_frame_of_the_one_before(cosmos: Any) -> None:
    engine = cosmos.port.loaded()
    engine.reset(np.zeros((32, 64, 3), np.uint8))
    for _ in range(3):
        engine.step(pulled(cosmos))
    starts = [call["start"] for call in cosmos.calls]
    assert starts == pytest.approx([-1, -0.5, 0], abs=0.01)
    assert [call["seed"] for call in cosmos.calls] == [0, 1, 2]


def test_upstream_s_steps_are_kept_without_guidance(cosmos: Any) -> None:
    engine = cosmos.port.loaded()
    engine.step(pulled(cosmos))
    assert (cosmos.calls[-1]["steps"], cosmos.calls[-1]["guidance"]) == (35, 0)


def test_a_rollout_has_a_world_of_its_own(cosmos: Any) -> None:
    engine = cosmos.port.loaded()
    has_a_world_of_its_own(engine, cosmos.module.Action())
    refuses_other_sizes(engine)


async def test_live_a_pulled_axis_steers_the_next_clip(cosmos: Any) -> None:
    async with playing(cosmos.port.model_cls) as player:
        await player.next_frames(2)
        seq = player.send("dz", value=1.0)
        frame = await player.frame_after(seq)
        assert frame.i420.shape == (48, 64)
        assert frame.index % 12 == 0
    assert player.errors == []
    assert cosmos.calls[frame.index // 12]["actions"][0, 2] == pytest.approx(0.4)
