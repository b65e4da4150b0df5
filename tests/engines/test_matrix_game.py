"""Matrix-Game 2: the generated engine on a double of upstream's streaming pipeline."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from lucid.runtime.memory import playing
from tests.engines.porting import DOUBLES, Port, has_a_world_of_its_own, refuses_other_sizes
from tests.hub.repos import folder_facts

torch = pytest.importorskip("torch")
pytest.importorskip("omegaconf")
FILES = {
    "universal": "base_distilled_model/base_distill.safetensors",
    "templerun": "templerun_distilled_model/templerun_7dim_onlykey.safetensors",
}
Make = Callable[[str], Any]


@pytest.fixture
def matrix_game(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Make]:
    """Makes a port of one of the models, with tiny weights; its network keeps its calls."""
    ports: list[Port] = []

    def make(mode: str) -> Any:
        from safetensors.torch import save_file

        weights = tmp_path / "weights"
        file = weights / FILES[mode]
        file.parent.mkdir(parents=True)
        save_file({"model.head.weight": torch.eye(16), "model.head.bias": torch.zeros(16)}, file)
        shapes = {"decoder.weight": (3, 16), "decoder.bias": (3,)}
        shapes |= {"conv2.weight": (16, 16), "conv2.bias": (16,), "encoder.weight": (1,)}
        tensors = {name: torch.full(shape, 0.05) for name, shape in shapes.items()}
        torch.save(tensors, weights / "Wan2.1_VAE.pth")
        (weights / "models_clip_open-clip-xlm-roberta-large-vit-huge-14.pth").write_bytes(b"x")
        (weights / "xlm-roberta-large").mkdir()
        (weights / "xlm-roberta-large/config.json").write_text("{}", "utf-8")
        port = Port("matrix_game", folder_facts(weights), tmp_path, monkeypatch)
        ports.append(port)
        port.set(WIDTH=32, HEIGHT=16)
        code = port.put_upstream(DOUBLES / "Matrix-Game") / "Matrix-Game-2"
        sys.path.insert(0, str(code))
        calls = importlib.import_module("utils.wan_wrapper").WanDiffusionWrapper.calls
        calls.clear()
        return SimpleNamespace(port=port, module=port.engine, calls=calls)

    yield make
    for port in ports:
        port.close()


def test_the_first_block_is_nine_frames_and_then_twelve(matrix_game: Make) -> None:
    game = matrix_game("universal")
    engine = game.port.loaded()
    lengths = [len(engine.step(game.module.Action())) for _ in range(3)]
    assert lengths == [9, 12, 12]


def test_a_block_is_denoised_in_three_steps_and_passes_once_more_clean(matrix_game: Make) -> None:
    game = matrix_game("universal")
    engine = game.port.loaded()
    game.calls.clear()
    engine.step(game.module.Action())
    assert [round(call["t"][0]) for call in game.calls] == [1000, 909, 714, 0]


def test_an_action_holds_for_its_block_and_the_past_keeps_its_own(matrix_game: Make) -> None:
    game = matrix_game("universal")
    engine, module = game.port.loaded(), game.module
    engine.step(module.Action(held=(module.Key.LEFT,), look=(0.1, 0.05)))
    engine.step(module.Action())
    last = game.calls[-1]
    assert last["keyboard_cond"][0, :9].tolist() == [[0, 0, 1, 0]] * 9
    assert last["keyboard_cond"][0, 9:].abs().sum() == 0
    pitch, yaw = last["mouse_cond"][0, 0].tolist()
    assert (pitch, yaw) == pytest.approx((-0.05, 0.1))  # down is negative
    assert last["mouse_cond"].shape[1] == 9 + 12


def test_temple_run_says_no_move_and_has_no_mouse(matrix_game: Make) -> None:
    game = matrix_game("templerun")
    engine, module = game.port.loaded(), game.module
    engine.step(module.Action())
    engine.step(module.Action(held=(module.Key.JUMP,)))
    keyboard = game.calls[-1]["keyboard_cond"][0]
    assert keyboard[0].tolist() == [1, 0, 0, 0, 0, 0, 0]
    assert keyboard[-1].tolist() == [0, 1, 0, 0, 0, 0, 0]
    assert "mouse_cond" not in game.calls[-1]


def test_minutes_of_play_roll_on_without_a_reset(matrix_game: Make) -> None:
    game = matrix_game("universal")
    engine, module = game.port.loaded(), game.module
    game.calls.clear()
    room, blocks = 341, 400  # the blocks that have positions, and those of three minutes
    keys = [(), (module.Key.LEFT,), (module.Key.RIGHT,)]
    lengths = [len(engine.step(module.Action(held=keys[n % 3]))) for n in range(blocks)]
    assert lengths == [9] + [12] * (blocks - 1)
    assert max(call["start"] for call in game.calls) == 3 * (room - 1)
    # Where positions end, the two blocks in sight are read again, each with its own conditions.
    again = [index for index, call in enumerate(game.calls) if call["start"] == 0][4]
    read, made = game.calls[again : again + 2], [game.calls[4 * (room - n)] for n in (2, 1)]
    assert again == 4 * room
    assert [(call["t"][0], call["start"]) for call in read] == [(0, 0), (0, 3)]
    for one, other in zip(read, made, strict=True):
        assert torch.equal(one["cond_concat"], other["cond_concat"])
        assert torch.equal(one["keyboard_cond"][0, -1], other["keyboard_cond"][0, -1])
    assert len({call["keyboard_cond"].shape[1] for call in game.calls}) == room


def test_only_the_first_block_is_given_the_picture(matrix_game: Make) -> None:
    game = matrix_game("universal")
    engine = game.port.loaded()
    game.calls.clear()
    for _ in range(14):
        engine.step(game.module.Action())
    given = [call["cond_concat"][0, 0, :, 0, 0].tolist() for call in game.calls[::4]]
    assert given == [[1, 0, 0]] + [[0, 0, 0]] * 13


def test_a_rollout_has_a_world_of_its_own(matrix_game: Make) -> None:
    game = matrix_game("universal")
    engine = game.port.loaded()
    has_a_world_of_its_own(engine, game.module.Action())
    refuses_other_sizes(engine)


async def test_live_it_plays_past_its_window(matrix_game: Make) -> None:
    game = matrix_game("universal")
    async with playing(game.port.model_cls) as player:
        await player.next_frames(3)
        seq = player.send("forward", pressed=True)
        frame = await player.frame_after(seq)
        assert frame.i420.shape == (24, 32)
        await player.next_frames(60)
    assert player.errors == []
    assert game.calls[-1]["keyboard_cond"][0, -1].tolist() == [1, 0, 0, 0]
