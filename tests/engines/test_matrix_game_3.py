"""Matrix-Game 3: the generated engine on a double of upstream's interactive pipeline."""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Iterator
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
pytest.importorskip("diffusers")

CONFIG = {
    "_class_name": "WanModel",
    "model_type": "ti2v",
    "in_dim": 48,
    "out_dim": 48,
    "use_memory": True,
    "action_config": {"keyboard_dim_in": 6, "mouse_dim_in": 2, "enable_mouse": True},
}
FOLDERS = {"distilled": "base_distilled_model", "base": "base_model"}


@pytest.fixture(params=["distilled", "base"])
def variant(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def game(variant: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A port with tiny weights; its network and autoencoder keep their calls."""
    from safetensors.torch import save_file

    weights = tmp_path / "weights"
    (weights / "google/umt5-xxl").mkdir(parents=True)
    (weights / "google/umt5-xxl/spiece.model").touch()
    for folder in FOLDERS.values():
        (weights / folder).mkdir()
        (weights / folder / "config.json").write_text(json.dumps(CONFIG), "utf-8")
        file = weights / folder / "diffusion_pytorch_model.safetensors"
        save_file({"head.weight": torch.full((48, 1), 0.5)}, file)
    text = {"weight": torch.linspace(0, 0.1, 256)[:, None].repeat(1, 8)}
    torch.save(text, weights / "models_t5_umt5-xxl-enc-bf16.pth")
    torch.save({}, weights / "Wan2.2_VAE.pth")
    decoder = {"decoder.weight": torch.full((3, 48), 0.02)}
    torch.save(decoder, weights / "MG-LightVAE_v2.pth")
    facts = folder_facts(weights, Choices(variant=variant))
    port = Port("matrix_game_3", facts, tmp_path, monkeypatch)
    port.set(WIDTH=64, HEIGHT=32, CONTEXT_STEPS=3)
    code = port.put_upstream(DOUBLES / "Matrix-Game") / "Matrix-Game-3"
    sys.path.insert(0, str(code))
    monkeypatch.setattr(torch.cuda, "current_device", lambda: 0)  # upstream asks at import
    network = importlib.import_module("wan.modules.model").WanModel
    coder = importlib.import_module("wan.modules.vae2_2").Wan2_2_VAE
    network.calls.clear()
    coder.calls.clear()
    yield SimpleNamespace(port=port, module=port.engine, calls=network.calls, coded=coder.calls)
    port.close()


def test_the_first_step_is_57_frames_and_then_40(game: Any) -> None:
    engine = game.port.loaded()
    chunks = [engine.step(game.module.Action()) for _ in range(3)]
    assert [tuple(chunk.shape) for chunk in chunks] == [(n, 3, 32, 64) for n in (57, 40, 40)]
    assert all(chunk.min() >= -1 and chunk.max() <= 1 for chunk in chunks)


@pytest.mark.parametrize("variant", ["distilled"], indirect=True)
def test_what_is_known_stays_clean_in_three_steps(game: Any) -> None:
    engine = game.port.loaded()
    game.calls.clear()
    for _ in range(2):
        engine.step(game.module.Action())
    assert len(game.calls) == 6
    first, later = game.calls[0], game.calls[3]
    assert first["t"].reshape(15, -1)[:, 0].bool().tolist() == [False] + [True] * 14
    assert later["t"].reshape(14, -1)[:, 0].bool().tolist() == [False] * 4 + [True] * 10
    assert [call["predict_latent_idx"] for call in (first, later)] == [(0, 15), (11, 25)]
    known = engine._latents[:, :, 11:15]
    for call in game.calls[3:]:
        assert torch.equal(call["x"][:, :, :4], known)


@pytest.mark.parametrize("variant", ["base"], indirect=True)
def test_the_base_model_is_guided_away_from_no_action_and_no_memory(game: Any) -> None:
    engine = game.port.loaded()
    game.calls.clear()
    engine.step(game.module.Action())
    engine.step(game.module.Action())
    assert len(game.calls) == 2 * 2 * 50
    told, untold = game.calls[-2:]
    assert told["x_memory"].shape[2] == 5
    assert untold["x_memory"] is None
    assert untold["keyboard_cond"].unique().tolist() == [-1]


@pytest.mark.parametrize("variant", ["distilled"], indirect=True)
def test_an_action_holds_for_its_step_and_the_past_keeps_its_own(game: Any) -> None:
    engine, module = game.port.loaded(), game.module
    engine.step(module.Action(held=(module.Key.LEFT,), look=(0.1, 0.05)))
    engine.step(module.Action(held=(module.Key.FORWARD,)))
    last = game.calls[-1]
    keyboard = last["keyboard_cond"][0]
    assert keyboard[:16].tolist() == [[0, 0, 1, 0, 0, 0]] * 16
    assert keyboard[16:].tolist() == [[1, 0, 0, 0, 0, 0]] * 40
    pitch, yaw = last["mouse_cond"][0, 0].tolist()
    assert (pitch, yaw) == pytest.approx((-0.05, 0.1), abs=1e-3)  # down is negative
    assert last["mouse_cond"][0, 16:].abs().sum() == 0


@pytest.mark.parametrize("variant", ["distilled"], indirect=True)
def test_memories_are_latents_of_where_the_camera_was_and_the_last_is_the_start(game: Any) -> None:
    engine, module = game.port.loaded(), game.module
    for _ in range(2):
        engine.step(module.Action(held=(module.Key.FORWARD,)))
    call = game.calls[-1]
    places = call["memory_latent_idx"]
    assert places[-1] == 1
    assert torch.equal(call["x_memory"], engine._latents[:, :, places])
    # It walked on: what it is nearest to is what it saw last.
    assert places[0] == 10


@pytest.mark.parametrize("variant", ["distilled"], indirect=True)
def test_where_the_positions_end_it_starts_again_at_its_last_frame(game: Any) -> None:
    engine = game.port.loaded()
    engine.reset(np.full((32, 64, 3), 255, np.uint8))
    assert game.coded[-1] == "encode 1.0"
    lengths = [len(engine.step(game.module.Action())) for _ in range(4)]
    assert lengths == [57, 40, 40, 57]
    assert game.coded[-1] != "encode 1.0"


def test_a_rollout_has_a_world_of_its_own(game: Any) -> None:
    engine = game.port.loaded()
    has_a_world_of_its_own(engine, game.module.Action())
    refuses_other_sizes(engine)


@pytest.mark.parametrize("variant", ["distilled"], indirect=True)
async def test_live_a_key_and_a_prompt_take_effect_with_the_next_step(game: Any) -> None:
    async with playing(game.port.model_cls) as player:
        await player.next_frames(3)
        player.send("set_prompt", prompt="zzzz")
        seq = player.send("forward", pressed=True)
        frame = await player.frame_after(seq)
        assert frame.index % 40 == 17
        await player.next_frames(60)
    assert player.errors == []
    last = game.calls[-1]
    assert last["keyboard_cond"][0, -1].tolist() == [1, 0, 0, 0, 0, 0]
    assert last["context"][0].shape == (4, 8)
