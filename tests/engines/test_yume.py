"""Yume 1.5: the generated engine on a double of upstream's network and autoencoder."""

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
from tests.engines.porting import DOUBLES, Port, has_a_world_of_its_own, refuses_other_sizes
from tests.hub.repos import folder_facts

torch = pytest.importorskip("torch")
PICTURE = np.zeros((32, 64, 3), np.uint8)


@pytest.fixture
def yume(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A port of it; the network and the text encoder keep their calls."""
    weights = tmp_path / "weights"
    weights.mkdir()
    for name in (
        "Wan2.2_VAE.pth",
        "models_t5_umt5-xxl-enc-bf16.pth",
        "diffusion_pytorch_model.safetensors",
    ):
        (weights / name).write_bytes(b"x")
    config = '{"_class_name": "WanModel", "model_type": "ti2v", "in_dim": 48}'
    (weights / "config.json").write_text(config)
    port = Port("yume", folder_facts(weights), tmp_path, monkeypatch)
    port.set(WIDTH=64, HEIGHT=32)
    sys.path.insert(0, str(port.put_upstream(DOUBLES / "YUME")))
    calls = importlib.import_module("wan23.modules.model").WanModel.calls
    texts = importlib.import_module("wan23.modules.t5").T5EncoderModel.texts
    calls.clear()
    texts.clear()
    yield SimpleNamespace(port=port, module=port.engine, calls=calls, texts=texts)
    port.close()


def test_a_chunk_is_twenty_nine_frames(yume: Any) -> None:
    engine = yume.port.loaded()
    engine.reset(PICTURE)
    assert [tuple(engine.step(yume.module.Action()).shape) for _ in range(2)] == [
        (29, 3, 32, 64),
        (29, 3, 32, 64),
    ]


def test_the_picture_stands_still_for_five_latents_and_the_past_grows(yume: Any) -> None:
    engine = yume.port.loaded()
    engine.reset(PICTURE)
    yume.calls.clear()
    for _ in range(3):
        engine.step(yume.module.Action())
    assert [call["past"] for call in yume.calls] == [5] * 4 + [13] * 4 + [21] * 4


def test_the_past_is_clean_and_the_chunk_takes_four_shifted_steps(yume: Any) -> None:
    engine = yume.port.loaded()
    engine.reset(PICTURE)
    yume.calls.clear()
    engine.step(yume.module.Action())
    assert [call["times"] for call in yume.calls] == [(0, t) for t in (1000, 955, 875, 700)]


def test_without_a_picture_the_first_chunk_is_made_from_the_prompt_alone(yume: Any) -> None:
    engine = yume.port.loaded()
    engine.reset()
    yume.calls.clear()
    for _ in range(2):
        assert len(engine.step(yume.module.Action())) == 29
    assert [call["past"] for call in yume.calls] == [0] * 4 + [8] * 4


def test_what_is_held_is_told_in_upstream_s_sentences(yume: Any) -> None:
    engine, key = yume.port.loaded(), yume.module.Key
    engine.set_prompt("A forest.")
    engine.step(
        yume.module.Action(
            held=(
                key.FORWARD,
                key.LEFT,
                key.LOOK_UP,
            )
        )
    )
    assert yume.texts[-1] == (
        "First-person perspective. The camera pushes forward and moves to the left (W+A). "
        "The camera tilts up (\u2191). A forest."
    )
    engine.step(
        yume.module.Action(
            held=(
                key.FORWARD,
                key.BACK,
            )
        )
    )
    assert yume.texts[-1] == (
        "First-person perspective. The camera's movement direction remains stationary (\u00b7). "
        "The rotation direction of the camera remains stationary (\u00b7). A forest."
    )


def test_a_text_is_encoded_only_where_it_is_another(yume: Any) -> None:
    engine, module = yume.port.loaded(), yume.module
    walking = module.Action(held=(module.Key.FORWARD,))
    yume.texts.clear()
    for action in (walking, walking, module.Action(), module.Action()):
        engine.step(action)
    assert len(yume.texts) == 2


def test_every_way_to_move_and_to_turn_has_its_sentence(yume: Any) -> None:
    for ways in (yume.module.MOVES, yume.module.TURNS):
        assert sorted(ways) == [(x, y) for x in (-1, 0, 1) for y in (-1, 0, 1)]
        assert len(set(ways.values())) == 9


def test_minutes_of_play_see_the_picture_and_the_latest_chunks_without_a_reset(yume: Any) -> None:
    engine = yume.port.loaded()
    engine.reset(PICTURE)
    yume.calls.clear()
    first = engine._window.kept[0]
    latest = [engine.step(yume.module.Action()) for _ in range(100)][-1]
    past = [call["past"] for call in yume.calls[::4]]
    assert past == [5 + 8 * min(index, 41) for index in range(100)]
    assert max(past) <= 342
    assert engine._window.kept[0] is first
    assert len(latest) == 29 and bool(latest.isfinite().all())


def test_a_rollout_has_a_world_of_its_own(yume: Any) -> None:
    engine = yume.port.loaded()
    has_a_world_of_its_own(engine, yume.module.Action())
    refuses_other_sizes(engine)


async def test_live_a_key_is_heard_with_the_next_chunk(yume: Any) -> None:
    async with playing(yume.port.model_cls) as player:
        await player.next_frames(2)
        seq = player.send("look_right", pressed=True)
        frame = await player.frame_after(seq)
        assert frame.i420.shape == (48, 64)
        assert frame.index % 29 == 0
    assert player.errors == []
    assert "pans to the right" in yume.texts[-1]
