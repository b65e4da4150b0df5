"""LingBot-World: the generated engines on doubles of upstream's pipelines."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterator
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
Make = Callable[..., Any]
CONFIG = '{"_class_name": "WanModel", "model_type": "i2v", "control_type": "%s"}'


@pytest.fixture
def lingbot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Make]:
    """Makes a port of the base model; the pipeline keeps its calls."""
    ports: list[Port] = []

    def make(control_type: str = "cam", **constants: Any) -> Any:
        weights = tmp_path / "weights"
        for expert in ("high_noise_model", "low_noise_model"):
            (weights / expert).mkdir(parents=True)
            (weights / expert / "config.json").write_text(CONFIG % control_type)
        for name in ("Wan2.1_VAE.pth", "models_t5_umt5-xxl-enc-bf16.pth"):
            (weights / name).write_bytes(b"x")
        (weights / "google/umt5-xxl").mkdir(parents=True)
        (weights / "google/umt5-xxl/tokenizer.json").write_text("{}", "utf-8")
        port = Port("lingbot", folder_facts(weights), tmp_path, monkeypatch)
        ports.append(port)
        port.set(**({"WIDTH": 64, "HEIGHT": 32, "FRAMES_PER_STEP": 8} | constants))
        sys.path.insert(0, str(port.put_upstream(DOUBLES / "lingbot-world")))
        monkeypatch.setattr(torch.cuda, "current_device", lambda: 0)  # upstream asks at import
        calls = importlib.import_module("wan").WanI2V.calls
        calls.clear()
        return SimpleNamespace(port=port, module=port.engine, calls=calls)

    yield make
    for port in ports:
        port.close()


def test_a_clip_of_832x480_keeps_its_480_rows(lingbot: Make) -> None:
    game = lingbot(WIDTH=832, HEIGHT=480)
    clip = game.port.loaded().step(game.module.Action())
    assert tuple(clip.shape) == (8, 3, 480, 832)  # at an area of 832x480 sharp, 464


def test_a_clip_follows_the_keys_and_the_next_goes_on_from_it(lingbot: Make) -> None:
    game = lingbot()
    engine, key = game.port.loaded(), game.module.Key
    engine.step(game.module.Action(held=(key.FORWARD,)))
    engine.step(game.module.Action(held=(key.LOOK_RIGHT,)))
    first, second = (call["poses"] for call in game.calls)
    assert np.array_equal(first[0], np.eye(4))
    assert first[-1, 2, 3] == pytest.approx(8 * 0.05)
    assert np.array_equal(second[0], first[-1])
    assert second[-1, 0, 2] == pytest.approx(np.sin(8 * np.deg2rad(2)))
    assert [call["seed"] for call in game.calls] == [0, 1]


def test_a_clip_starts_at_the_last_frame_of_the_one_before(lingbot: Make) -> None:
    game = lingbot()
    engine = game.port.loaded()
    engine.reset(np.zeros((32, 64, 3), np.uint8))
    first, second = (engine.step(game.module.Action()) for _ in range(2))
    assert first[-1, 0, 0, 0] == pytest.approx(-0.5, abs=0.01)
    assert second[-1, 0, 0, 0] == pytest.approx(0, abs=0.02)
    assert first[0, 0, -1, -1] == first[0, 0, 0, 0]  # no keys are drawn into it
    engine.reset()
    assert engine.step(game.module.Action())[0, 0, 0, 0] == pytest.approx(0.0664, abs=0.001)


def test_upstream_s_steps_shift_and_guidance_are_kept(lingbot: Make) -> None:
    game = lingbot()
    engine = game.port.loaded()
    engine.set_prompt("a forest")
    engine.step(game.module.Action())
    call = game.calls[-1]
    assert (call["prompt"], call["steps"]) == ("a forest", 70)
    assert (call["guide"], call["shift"]) == ((5.0, 5.0), 10.0)


def test_a_model_with_keys_takes_them_in_each_frame_beside_the_path(lingbot: Make) -> None:
    game = lingbot("act")
    engine, key = game.port.loaded(), game.module.Key
    engine.step(
        game.module.Action(
            held=(
                key.LEFT,
                key.LOOK_UP,
            )
        )
    )
    assert game.calls[-1]["action"].tolist() == [[0, 1, 0, 0]] * 9


async def test_live_the_keys_steer_the_next_clip(lingbot: Make) -> None:
    game = lingbot()
    async with playing(game.port.model_cls) as player:
        await player.next_frames(2)
        seq = player.send("forward", pressed=True)
        frame = await player.frame_after(seq)
        assert frame.i420.shape == (48, 64)
        assert frame.index % 8 == 0
    assert player.errors == []
    walked = game.calls[frame.index // 8]["poses"]
    assert walked[-1, 2, 3] - walked[0, 2, 3] == pytest.approx(8 * 0.05)


FAST = '{"_class_name": "WanModelFast", "control_type": "cam", "local_attn_size": -1, "dim": 5120}'


@pytest.fixture
def fast(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Make]:
    """Makes a port of the fast model; the network keeps its calls."""
    ports: list[Port] = []

    def make(**constants: Any) -> Any:
        weights = tmp_path / "weights"
        weights.mkdir()
        (weights / "config.json").write_text(FAST)
        (weights / "diffusion_pytorch_model.safetensors").write_bytes(b"x")
        port = Port("lingbot_fast", folder_facts(weights), tmp_path, monkeypatch)
        ports.append(port)
        names = ("Wan2.1_VAE.pth", "models_t5_umt5-xxl-enc-bf16.pth", "google/umt5-xxl/a.json")
        put_locally(port.engine.BASE, tmp_path, monkeypatch, *names)
        small = {"WIDTH": 64, "HEIGHT": 32, "LENS": (40, 40, 32, 16)}
        port.set(**(small | constants))
        sys.path.insert(0, str(port.put_upstream(DOUBLES / "lingbot-world")))
        monkeypatch.setattr(torch.cuda, "current_device", lambda: 0)  # upstream asks at import
        calls = importlib.import_module("wan.modules.model_fast").WanModelFast.calls
        return SimpleNamespace(port=port, module=port.engine, calls=calls)

    yield make
    for port in ports:
        port.close()


def started(game: Any) -> Any:
    """The engine at a new rollout, with nothing asked of its network yet."""
    engine = game.port.loaded()
    game.calls.clear()
    return engine


def test_the_fast_model_s_first_chunk_is_nine_frames_and_then_twelve(fast: Make) -> None:
    game = fast()
    engine = started(game)
    shapes = [tuple(engine.step(game.module.Action()).shape) for _ in range(3)]
    assert shapes == [(n, 3, 32, 64) for n in (9, 12, 12)]


def test_a_fast_chunk_takes_four_steps_and_goes_through_once_more_clean(fast: Make) -> None:
    game = fast()
    engine = started(game)
    for _ in range(2):
        engine.step(game.module.Action())
    assert [call["t"] for call in game.calls] == [1000, 978, 947, 825, 0] * 2
    assert [call["start"] for call in game.calls] == [0] * 5 + [3] * 5


def test_only_a_rollout_s_first_latent_is_the_picture(fast: Make) -> None:
    game = fast()
    engine = started(game)
    engine.reset(np.zeros((32, 64, 3), np.uint8))
    for _ in range(2):
        engine.step(game.module.Action())
    assert game.calls[0]["seed"] == [[1, 0, 0], [-1, 0, 0]]
    assert game.calls[-1]["seed"] == [[0, 0, 0], [0, 0, 0]]


def test_a_latent_s_rays_are_seen_by_the_one_before_and_a_full_step_is_one(fast: Make) -> None:
    game = fast()
    engine, key = started(game), game.module.Key
    engine.step(game.module.Action(held=(key.FORWARD,)))
    engine.step(game.module.Action(held=(key.LOOK_RIGHT,)))
    engine.step(
        game.module.Action(
            held=(
                key.FORWARD,
                key.LEFT,
            )
        )
    )
    walked, turned, aslant = (game.calls[index] for index in (0, 5, 10))
    assert walked["places"].tolist() == [[0, 0, 0], [0, 0, 1], [0, 0, 1]]
    assert turned["places"].abs().max() < 1e-6
    right = turned["ahead"][:, 0] - walked["ahead"][:, 0]
    assert right.tolist() == pytest.approx([np.sin(np.deg2rad(8))] * 3, abs=0.02)
    assert aslant["places"].norm(dim=1).tolist() == pytest.approx([1] * 3, abs=0.01)


def test_a_new_prompt_is_heard_with_the_next_chunk(fast: Make) -> None:
    game = fast()
    engine = started(game)
    engine.step(game.module.Action())
    engine.set_prompt("snow")
    engine.step(game.module.Action())
    heard = [call["text"] for call in game.calls]
    assert heard[:5] != [4] * 5 and heard[5:] == [4] * 5  # as many letters as "snow"


def test_a_reset_begins_with_an_empty_cache(fast: Make) -> None:
    game = fast()
    engine = started(game)
    for _ in range(8):
        engine.step(game.module.Action())
    engine.reset(np.zeros((32, 64, 3), np.uint8))
    game.calls.clear()
    lengths = [len(engine.step(game.module.Action())) for _ in range(2)]
    assert lengths == [9, 12]
    assert [call["seen"] for call in game.calls] == [3] * 5 + [6] * 5


def test_minutes_of_play_roll_on_without_a_reset(fast: Make) -> None:
    game = fast(WIDTH=32, HEIGHT=16)
    engine, key = started(game), game.module.Key
    room, chunks = 341, 400  # the chunks that have positions, and those of five minutes
    caches = [layer["k"] for layer in engine._cache]
    for index in range(chunks):
        frames = engine.step(game.module.Action(held=(key.MOVE_UP,) if index % 2 else ()))
        assert len(frames) == (12 if index else 9)
        assert bool(frames.isfinite().all())
    assert all(layer["k"] is cache for layer, cache in zip(engine._cache, caches, strict=True))
    assert caches[0].shape[1] == 18 * 2
    assert max(call["start"] for call in game.calls) == 3 * (room - 1)
    assert max(call["seen"] for call in game.calls) == 18
    # Where positions end, the six chunks in sight are read again, each with its own conditions.
    again = [index for index, call in enumerate(game.calls) if call["start"] == 0][5]
    read = game.calls[again : again + 6]
    made = [game.calls[5 * chunk] for chunk in (0, *range(room - 5, room))]
    assert again == 5 * room
    assert [(call["t"], call["start"]) for call in read] == [(0, 3 * n) for n in range(6)]
    assert [call["seed"] for call in read] == [call["seed"] for call in made]
    assert all(torch.equal(a["places"], b["places"]) for a, b in zip(read, made, strict=True))
    assert not torch.equal(read[4]["places"], read[5]["places"])


def test_the_first_chunk_and_the_latest_stay_in_the_cache(fast: Make) -> None:
    game = fast()
    engine = started(game)

    def kept() -> Any:
        return engine._cache[0]["k"].unflatten(1, (6, -1)).clone()  # by chunk

    for _ in range(6):
        engine.step(game.module.Action())
    full = kept()
    engine.step(game.module.Action())
    rolled = kept()
    assert torch.equal(rolled[:, 0], full[:, 0])
    assert torch.equal(rolled[:, 1:5], full[:, 2:6])
    assert not torch.equal(rolled[:, 5], full[:, 5])


def test_the_camera_also_moves_up_and_rolls(fast: Make) -> None:
    game = fast()
    engine, key = started(game), game.module.Key
    engine.step(game.module.Action())
    engine.step(game.module.Action(held=(key.MOVE_UP,)))
    engine.step(game.module.Action(held=(key.ROLL_RIGHT,)))
    rest, up, rolled = (game.calls[index] for index in (0, 5, 10))
    assert up["places"].tolist() == [[0, -1, 0]] * 3  # y points down
    assert torch.equal(up["ahead"], rest["ahead"])
    assert rolled["places"].abs().max() < 1e-6
    angle = np.deg2rad(8)
    turn = torch.tensor([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    clockwise = rest["ahead"][0, :2].double() @ turn.T  # this far from the middle of the picture
    assert rolled["ahead"][0, :2].tolist() == pytest.approx(clockwise.tolist(), abs=1e-4)


def test_a_rollout_of_the_fast_model_has_a_world_of_its_own(fast: Make) -> None:
    game = fast()
    engine = game.port.loaded()
    has_a_world_of_its_own(engine, game.module.Action())
    refuses_other_sizes(engine)


async def test_live_the_fast_model_plays_past_its_window(fast: Make) -> None:
    game = fast()
    async with playing(game.port.model_cls) as player:
        await player.next_frames(3)
        seq = player.send("look_left", pressed=True)
        frame = await player.frame_after(seq)
        assert frame.i420.shape == (48, 64)
        await player.next_frames(90)
    assert player.errors == []
