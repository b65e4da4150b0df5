"""Hunyuan-GameCraft: the generated engine on a double of upstream's sampler."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from lucid.lock import Choices
from lucid.runtime.memory import playing
from tests.engines.porting import DOUBLES, Port, has_a_world_of_its_own, refuses_other_sizes
from tests.hub.repos import folder_facts

torch = pytest.importorskip("torch")
ENCODERS = (
    "llava-llama-3-8b-v1_1-transformers/config.json",
    "openai_clip-vit-large-patch14/config.json",
    "vae_3d/hyvae/config.json",
)
Make = Callable[..., Any]


@pytest.fixture
def gamecraft(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Make]:
    """Makes a port of one of the models; the sampler keeps its calls."""
    ports: list[Port] = []
    monkeypatch.setenv("MODEL_BASE", "as it was at the end")
    monkeypatch.setattr(sys, "argv", ["lucid", "serve", "."])

    def make(checkpoint: str = "mp_rank_00_model_states_distill.pt", **settings: str) -> Any:
        weights = tmp_path / "weights"
        for path in (f"gamecraft_models/{checkpoint}", "stdmodels/vae_3d/hyvae/pytorch_model.pt"):
            (weights / path).parent.mkdir(parents=True)
            torch.save({"module": {"weight": torch.zeros(1)}}, weights / path)
        for path in ENCODERS:
            (weights / "stdmodels" / path).parent.mkdir(parents=True, exist_ok=True)
            (weights / "stdmodels" / path).write_text("{}", "utf-8")
        facts = folder_facts(weights, Choices(answers=settings))
        port = Port("gamecraft", facts, tmp_path, monkeypatch)
        ports.append(port)
        port.set(WIDTH=64, HEIGHT=32)
        code = port.put_upstream(DOUBLES / "Hunyuan-GameCraft-1.0")

        def calls() -> Any:
            return importlib.import_module("hymm_sp.sample_inference").HunyuanVideoSampler.calls

        return SimpleNamespace(port=port, module=port.engine, code=code, calls=calls)

    yield make
    torch.set_grad_enabled(True)
    for port in ports:
        port.close()


def loaded(game: Any) -> tuple[Any, list[dict[str, Any]]]:
    """The engine, and what its sampler is asked from now on."""
    engine = game.port.loaded()
    game.calls().clear()
    return engine, game.calls()


def test_a_chunk_is_thirty_three_frames(gamecraft: Make) -> None:
    game = gamecraft()
    engine, _ = loaded(game)
    for _ in range(2):
        frames = engine.step(game.module.Action())
        assert tuple(frames.shape) == (33, 3, 32, 64)
        assert frames.min() >= 0 and frames.max() <= 1


def test_a_chunk_has_one_action_and_a_turn_comes_before_a_walk(gamecraft: Make) -> None:
    game = gamecraft()
    engine, calls = loaded(game)
    key = game.module.Key
    for held in ((), (key.BACK,), (key.FORWARD, key.RIGHT), (key.FORWARD, key.LOOK_LEFT)):
        engine.step(game.module.Action(held=tuple(held)))
    assert [call["action"] for call in calls] == [
        ("forward", 0.0),
        ("backward", 0.2),
        ("forward", 0.2),
        ("left_rot", 20.0),
    ]


def test_only_a_rollout_s_first_chunk_starts_from_a_picture(gamecraft: Make) -> None:
    game = gamecraft()
    engine, calls = loaded(game)
    for _ in range(3):
        engine.step(game.module.Action())
    engine.reset(np.zeros((32, 64, 3), np.uint8))
    engine.step(game.module.Action())
    assert [call["is_image"] for call in calls] == [True, False, False, True]
    assert calls[2]["ref"] > calls[1]["ref"]  # the last latent of the chunk before
    assert calls[3]["ref"] == pytest.approx(-0.477, abs=0.01)  # black, scaled


def test_a_prompt_takes_effect_with_the_next_chunk(gamecraft: Make) -> None:
    game = gamecraft()
    engine, calls = loaded(game)
    engine.step(game.module.Action())
    engine.set_prompt("snow")
    engine.step(game.module.Action())
    assert calls[0]["prompt"] != "snow" == calls[1]["prompt"]


@pytest.mark.parametrize(
    ("checkpoint", "steps", "guidance"),
    [("mp_rank_00_model_states_distill.pt", 8, 1.0), ("mp_rank_00_model_states.pt", 50, 2.0)],
)
def test_the_distilled_model_takes_eight_steps_without_guidance(
    gamecraft: Make, checkpoint: str, steps: int, guidance: float
) -> None:
    game = gamecraft(checkpoint)
    engine, calls = loaded(game)
    engine.step(game.module.Action())
    assert (calls[0]["steps"], calls[0]["guidance"]) == (steps, guidance)


def test_upstream_finds_its_encoders_and_not_this_process_s_command_line(gamecraft: Make) -> None:
    game = gamecraft()
    loaded(game)
    assert os.environ["MODEL_BASE"].endswith("weights/stdmodels")


@pytest.mark.parametrize("settings", [{}, {"precision": "fp8"}])
def test_upstream_stores_the_network_in_eight_bits_if_a_person_chose_it(
    settings: dict[str, str], gamecraft: Make
) -> None:
    engine, _ = loaded(gamecraft(**settings))
    assert engine._sampler.args.use_fp8 == bool(settings)


def test_a_rollout_has_a_world_of_its_own(gamecraft: Make) -> None:
    game = gamecraft()
    engine, _ = loaded(game)
    has_a_world_of_its_own(engine, game.module.Action())
    refuses_other_sizes(engine)


async def test_live_it_is_steered_chunk_by_chunk(gamecraft: Make) -> None:
    game = gamecraft()
    async with playing(game.port.model_cls) as player:
        await player.next_frames(2)
        seq = player.send("look_left", pressed=True)
        frame = await player.frame_after(seq)
        assert frame.i420.shape == (48, 64)
        assert frame.index % 33 == 0
    assert player.errors == []
    assert game.calls()[frame.index // 33]["action"] == ("left_rot", 20.0)
