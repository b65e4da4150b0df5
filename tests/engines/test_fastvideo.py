"""Matrix-Game 2 in FastVideo: the generated engine on a double of its streaming generator."""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from lucid.media.i420 import to_rgb
from lucid.runtime.memory import playing
from tests.engines.porting import DOUBLES, Port, has_a_world_of_its_own, refuses_other_sizes
from tests.hub.repos import folder_facts

torch = pytest.importorskip("torch")
Make = Callable[[int], Any]


@pytest.fixture
def fastvideo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Make]:
    """Makes a port of a converted model with so many keys."""
    monkeypatch.syspath_prepend(DOUBLES / "fastvideo")

    def make(keys: int) -> Any:
        from safetensors.torch import save_file

        weights = tmp_path / "weights"
        (weights / "transformer").mkdir(parents=True)
        index = {"_class_name": "MatrixGameCausalDMDPipeline"}
        (weights / "model_index.json").write_text(json.dumps(index), "utf-8")
        action = {"keyboard_dim_in": keys, "enable_mouse": keys < 7, "mouse_dim_in": 2}
        config = {"_class_name": "MatrixGameWanModel", "action_config": action}
        (weights / "transformer/config.json").write_text(json.dumps(config), "utf-8")
        save_file({"weight": torch.zeros(1)}, weights / "transformer/model.safetensors")
        port = Port("fastvideo", folder_facts(weights), tmp_path, monkeypatch)
        port.set(WIDTH=32, HEIGHT=16, CONTEXT_STEPS=4)
        executor = importlib.import_module("fastvideo.worker.multiproc_executor").MultiprocExecutor
        executor.calls.clear()
        return SimpleNamespace(port=port, module=port.engine, calls=executor.calls)

    yield make
    for name in [name for name in sys.modules if name.split(".")[0] == "fastvideo"]:
        del sys.modules[name]


def test_the_first_block_is_nine_frames_and_then_twelve(fastvideo: Make) -> None:
    game = fastvideo(4)
    engine = game.port.loaded()
    chunks = [engine.step(game.module.Action()) for _ in range(3)]
    assert [chunk.shape for chunk in chunks] == [(n, 16, 32, 3) for n in (9, 12, 12)]
    assert {chunk.dtype for chunk in chunks} == {np.dtype("uint8")}


def test_an_action_holds_for_its_block_and_the_past_keeps_its_own(fastvideo: Make) -> None:
    game = fastvideo(4)
    engine, module = game.port.loaded(), game.module
    engine.step(module.Action(held=(module.Key.LEFT,), look=(0.1, 0.05)))
    engine.step(module.Action())
    last = game.calls[-1]
    assert last["keyboard"][:9] == [[0, 0, 1, 0]] * 9
    assert last["keyboard"][9:] == [[0, 0, 0, 0]] * 12
    assert last["mouse"][0] == pytest.approx((-0.05, 0.1))  # pitch first, and down is negative
    assert last["mouse"][-1] == [0, 0]


def test_temple_run_says_no_move_and_has_no_mouse(fastvideo: Make) -> None:
    game = fastvideo(7)
    engine, module = game.port.loaded(), game.module
    assert "look" not in module.Action.__dataclass_fields__
    engine.step(module.Action())
    engine.step(module.Action(held=(module.Key.JUMP,)))
    keyboard = game.calls[-1]["keyboard"]
    assert keyboard[0] == [1, 0, 0, 0, 0, 0, 0]
    assert keyboard[-1] == [0, 1, 0, 0, 0, 0, 0]


def test_two_keys_are_forward_and_back(fastvideo: Make) -> None:
    module = fastvideo(2).module
    assert [key.name for key in module.Key] == ["FORWARD", "BACK"]
    assert module.KEYBOARD_SIZE == 2


def test_a_seed_is_where_it_starts_and_at_the_end_of_its_room_its_last_frame_is(
    fastvideo: Make,
) -> None:
    game = fastvideo(4)
    engine, module = game.port.loaded(), game.module
    engine.reset(np.full((16, 32, 3), 40, np.uint8))
    assert game.calls[-1]["colour"] == 40
    forward = module.Action(held=(module.Key.FORWARD,))
    chunks = [engine.step(forward) for _ in range(5)]
    assert [len(chunk) for chunk in chunks] == [9, 12, 12, 12, 9]
    seeds = [call["colour"] for call in game.calls if "reset" in call]
    assert seeds[-1] == chunks[3][-1, 0, 0, 0]
    assert seeds[-1] != 40


def test_a_rollout_has_a_world_of_its_own(fastvideo: Make) -> None:
    game = fastvideo(4)
    engine = game.port.loaded()
    has_a_world_of_its_own(engine, game.module.Action())
    refuses_other_sizes(engine)


async def test_live_it_plays_past_its_room(fastvideo: Make) -> None:
    game = fastvideo(4)
    async with playing(game.port.model_cls) as player:
        await player.next_frames(3)
        seq = player.send("forward", pressed=True)
        frame = await player.frame_after(seq)
        assert to_rgb(frame.i420).shape == (16, 32, 3)
        await player.next_frames(60)
    assert player.errors == []
    assert game.calls[-1]["keyboard"][-1] == [1, 0, 0, 0]
