"""HY-WorldPlay: the generated engine on a double of upstream's autoregressive pipeline."""

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

from lucid.hub.families import load_families
from lucid.hub.folder import folder_snapshot
from lucid.hub.inspect import inspect_snapshot
from lucid.lock import Choices
from lucid.runtime.memory import playing
from tests.engines.porting import (
    DOUBLES,
    Port,
    has_a_world_of_its_own,
    put_locally,
    refuses_other_sizes,
)

torch = pytest.importorskip("torch")
Make = Callable[..., Any]
FOLDERS = {"ar_distilled": "ar_distilled_action_model", "ar": "ar_model"}


@pytest.fixture
def worldplay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Make]:
    """Makes a port of one of the models; its network keeps its calls."""
    ports: list[Port] = []
    for name in ("RANK", "WORLD_SIZE", "LOCAL_RANK", "MASTER_ADDR", "MASTER_PORT"):
        monkeypatch.setenv(name, "left as it was at the end")
        del os.environ[name]

    def make(variant: str = "ar_distilled", *, has_glyph: bool = True, **constants: Any) -> Any:
        weights = tmp_path / "weights"
        for folder in FOLDERS.values():
            (weights / folder).mkdir(parents=True)
            (weights / folder / "diffusion_pytorch_model.safetensors").write_bytes(b"x")
        snapshot = folder_snapshot(str(weights))
        facts = inspect_snapshot(snapshot, load_families(), Choices(variant=variant))
        port = Port("worldplay", facts, tmp_path, monkeypatch)
        ports.append(port)
        engine = port.engine
        for repo, paths in {
            engine.BASE: ("scheduler/a.json", "transformer/480p_i2v/a.json", "vae/a.json"),
            engine.LLM: ("a.json", "a.safetensors", "merges.txt"),
            engine.BYT5: ("a.json", "pytorch_model.bin"),
            engine.SIGLIP: ("feature_extractor/a.json", "image_encoder/a.json"),
        }.items():
            put_locally(repo, tmp_path, monkeypatch, *paths)
        if has_glyph:
            (port.folder / "upstream" / "base" / engine.GLYPH).mkdir(parents=True)
        port.set(**({"WIDTH": 64, "HEIGHT": 32} | constants))
        sys.path.insert(0, str(port.put_upstream(DOUBLES / "HY-WorldPlay")))
        network = importlib.import_module("hyvideo.models.transformers.worldplay_1_5_transformer")
        calls = network.HunyuanVideo_1_5_DiffusionTransformer.calls
        return SimpleNamespace(port=port, module=port.engine, calls=calls)

    yield make
    for port in ports:
        port.close()


def loaded(game: Any) -> tuple[Any, list[dict[str, Any]]]:
    """The engine, and what its network is asked from now on."""
    engine = game.port.loaded()
    game.calls.clear()
    return engine, game.calls


def test_the_first_chunk_is_thirteen_frames_and_then_sixteen(worldplay: Make) -> None:
    game = worldplay()
    engine, _ = loaded(game)
    shapes = [tuple(engine.step(game.module.Action()).shape) for _ in range(3)]
    assert shapes == [(n, 3, 32, 64) for n in (13, 16, 16)]


def test_the_past_goes_through_once_before_the_four_steps_of_a_chunk(worldplay: Make) -> None:
    game = worldplay()
    engine, calls = loaded(game)
    for _ in range(2):
        engine.step(game.module.Action())
    kinds = [(call["kind"], call.get("t")) for call in calls]
    steps = [("chunk", t) for t in (1000, 938, 833, 625)]
    assert kinds == [("text", None), *steps, ("past", 14), *steps]


def test_the_past_is_the_latest_latents_and_those_of_a_like_view(worldplay: Make) -> None:
    game = worldplay()
    engine, calls = loaded(game)
    for _ in range(8):
        engine.step(game.module.Action())
    assert [call["past"] for call in calls if call["kind"] == "past"] == [4, 8, 12, 16, 20, 20, 20]


def test_an_action_is_a_class_and_a_view_for_each_latent(worldplay: Make) -> None:
    game = worldplay()
    engine, calls = loaded(game)
    key = game.module.Key
    engine.step(
        game.module.Action(
            held=(
                key.FORWARD,
                key.LOOK_RIGHT,
            )
        )
    )
    engine.step(
        game.module.Action(
            held=(
                key.BACK,
                key.LEFT,
            )
        )
    )
    first, second = calls[1], calls[-1]
    assert first["action"] == [0, 10, 10, 10]  # nothing led to the picture; 9 x forward + right
    assert torch.equal(first["views"][0], torch.eye(4))
    assert second["action"] == [72] * 4  # 9 x back and left
    assert first["views"][1, 2, 3] < 0  # world to camera: what is ahead comes nearer
    turned = np.arccos(np.clip(float(first["views"][3, 2, 2]), -1, 1))
    assert np.rad2deg(turned) == pytest.approx(9, abs=1)


def test_only_the_first_latent_of_a_rollout_has_the_picture(worldplay: Make) -> None:
    game = worldplay()
    engine, calls = loaded(game)
    for _ in range(2):
        engine.step(game.module.Action())
    assert calls[1]["seed"] == [1, 0, 0, 0]
    assert calls[-1]["seed"] == [0, 0, 0, 0]
    assert next(call for call in calls if call["kind"] == "past")["seed"] == [1, 0, 0, 0]


def test_a_prompt_takes_effect_with_the_next_chunk(worldplay: Make) -> None:
    game = worldplay()
    engine, calls = loaded(game)
    engine.step(game.module.Action())
    engine.set_prompt("snow")
    engine.step(game.module.Action())
    engine.step(game.module.Action())
    texts = [call["meaning"] for call in calls if call["kind"] == "text"]
    assert len(texts) == 2 and texts[0] > texts[1] == 4  # as many letters as "snow"
    assert calls[-1]["meaning"] == 4


def test_a_reset_sees_the_new_picture_and_forgets_the_old_world(worldplay: Make) -> None:
    game = worldplay()
    engine, calls = loaded(game)
    engine.step(game.module.Action())
    engine.reset(np.full((32, 64, 3), 200, np.uint8))
    calls.clear()
    assert len(engine.step(game.module.Action())) == 13
    assert [call["kind"] for call in calls] == ["text"] + ["chunk"] * 4
    assert calls[0]["sees"] == 200
    assert torch.equal(calls[1]["views"][0], torch.eye(4))


def test_minutes_of_play_keep_the_first_chunk_and_the_latest_without_a_reset(
    worldplay: Make,
) -> None:
    game = worldplay(MEMORY_STEPS=8)
    engine, calls = loaded(game)
    lengths = [len(engine.step(game.module.Action(held=(game.module.Key.FORWARD,))))]
    first = engine._latents.clone()
    lengths += [
        len(engine.step(game.module.Action(held=(game.module.Key.FORWARD,)))) for _ in range(99)
    ]
    assert lengths == [13] + [16] * 99
    assert engine._latents.shape[2] == engine._seen.shape[2] == 8 * 4
    assert torch.equal(engine._latents[:, :, :4], first)
    ahead = np.linalg.inv(engine._views)[:, 2, 3] / game.module.SPEED.walk  # in latents
    assert ahead == pytest.approx([*range(4), *range(372, 400)])
    assert len(engine._classes) == 32
    shown = [call["views"][0, 2, 3] for call in calls if call["kind"] == "past"]
    assert all(place == 0 for place in shown)  # the first latent is in each past


def test_the_model_that_is_not_distilled_has_guidance_and_fifty_steps(worldplay: Make) -> None:
    game = worldplay("ar", DENOISING_STEPS=2)
    assert game.module.CHECKPOINT == "ar_model/diffusion_pytorch_model.safetensors"
    assert game.module.GUIDANCE == 6
    engine, calls = loaded(game)
    engine.step(game.module.Action())
    assert [call["kind"] for call in calls] == ["text"] * 2 + ["chunk"] * 4
    assert [call["meaning"] > 0 for call in calls] == [True, False] * 3


def test_without_the_encoder_that_the_hub_lacks_it_says_how_to_get_it(worldplay: Make) -> None:
    game = worldplay(has_glyph=False)
    with pytest.raises(FileNotFoundError, match=r"Glyph-SDXL-v2 from modelscope\.cn into"):
        game.port.loaded()


def test_the_pipeline_gets_one_folder_with_the_files_of_four_repos(worldplay: Make) -> None:
    game = worldplay()
    game.port.loaded()
    base = game.port.folder / "upstream" / "base"
    assert (base / "transformer" / "480p_i2v" / "a.json").is_file()
    assert (base / "text_encoder" / "llm" / "merges.txt").is_file()
    assert (base / "text_encoder" / "byt5-small" / "pytorch_model.bin").is_file()
    assert (base / "vision_encoder" / "siglip" / "image_encoder" / "a.json").is_file()
    game.port.loaded()  # the links are there already


def test_a_rollout_has_a_world_of_its_own(worldplay: Make) -> None:
    game = worldplay()
    engine = game.port.loaded()
    has_a_world_of_its_own(engine, game.module.Action())
    refuses_other_sizes(engine)


def test_the_points_that_choose_the_past_are_the_same_in_each_process(
    worldplay: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    game = worldplay()
    retrieval = importlib.import_module("hyvideo.utils.retrieval_context")
    select = retrieval.select_aligned_memory_frames
    seen: list[Any] = []

    def watched(*args: Any, **options: Any) -> Any:
        seen.append(options["points_local"])
        return select(*args, **options)

    monkeypatch.setattr(retrieval, "select_aligned_memory_frames", watched)
    for rng_seed in (1, 2):
        torch.manual_seed(rng_seed)
        engine = game.port.loaded()
        for _ in range(2):
            engine.step(game.module.Action())
    assert len(seen) == 4  # in two warm-ups and two rollouts: at a second chunk
    assert all(torch.equal(points, seen[0]) for points in seen)


async def test_live_it_plays_past_its_memory(worldplay: Make) -> None:
    game = worldplay(MEMORY_STEPS=7)
    async with playing(game.port.model_cls) as player:
        await player.next_frames(3)
        seq = player.send("forward", pressed=True)
        frame = await player.frame_after(seq)
        assert frame.i420.shape == (48, 64)
        await player.next_frames(40)
    assert player.errors == []
