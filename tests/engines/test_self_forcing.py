"""Self-Forcing: the generated engine on a double of upstream's causal pipeline."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from lucid.lock import Choices
from lucid.runtime.memory import playing
from tests.engines.porting import (
    DOUBLES,
    Port,
    has_a_world_of_its_own,
    put_in_cache,
    upstream_params,
)
from tests.engines.wan_causal import import_without_cuda, record_network, save_base
from tests.hub.repos import folder_facts

torch = pytest.importorskip("torch")
pytest.importorskip("omegaconf")
pytest.importorskip("diffusers")

# Of upstream's own imports.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")


@pytest.fixture(params=upstream_params("Self-Forcing"))
def self_forcing(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Any]:
    """A port with tiny weights, and the calls of its network and autoencoder."""
    with prepared(request.param, tmp_path, monkeypatch) as made:
        yield made


@contextmanager
def prepared(
    upstream: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, **settings: str
) -> Iterator[Any]:
    weights = tmp_path / "weights"
    checkpoint = weights / "checkpoints/self_forcing_dmd.pt"
    checkpoint.parent.mkdir(parents=True)
    for file in (checkpoint, checkpoint.with_name("ode_init.pt")):
        file.touch()
    choices = Choices(answers=settings)
    port = Port("self_forcing", folder_facts(weights, choices), tmp_path, monkeypatch)
    base = put_in_cache(port.engine.BASE, port.engine.BASE_COMMIT, tmp_path, monkeypatch)
    port.set(WIDTH=32, HEIGHT=16)
    sys.path.insert(0, str(port.put_upstream(upstream)))
    import_without_cuda(monkeypatch)
    torch.save({"generator_ema": save_base(base, port.engine)}, checkpoint)
    one_layer(monkeypatch)
    calls, coded = record_network(monkeypatch), record_autoencoder(monkeypatch)
    is_double = DOUBLES in upstream.parents
    yield SimpleNamespace(port=port, calls=calls, coded=coded, is_double=is_double)
    port.close()


def one_layer(monkeypatch: pytest.MonkeyPatch) -> None:
    """Caches for the network's own number of layers: upstream makes them for thirty."""
    pipeline = importlib.import_module("pipeline.causal_inference").CausalInferencePipeline
    init = pipeline.__init__

    def small(self: Any, *args: Any, **kwargs: Any) -> None:
        init(self, *args, **kwargs)
        self.num_transformer_blocks = len(self.generator.model.blocks)

    monkeypatch.setattr(pipeline, "__init__", small)


def record_autoencoder(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    coded: list[str] = []
    autoencoder = importlib.import_module("wan.modules.vae").WanVAE_
    encode, decode = autoencoder.encode, autoencoder.cached_decode

    def encoded(self: Any, x: Any, scale: Any) -> Any:
        coded.append(f"encode {x.shape[2]}")
        return encode(self, x, scale)

    def decoded(self: Any, z: Any, scale: Any) -> Any:
        made = decode(self, z, scale)
        coded.append(f"decode {made.shape[2]}")
        return made

    monkeypatch.setattr(autoencoder, "encode", encoded)
    monkeypatch.setattr(autoencoder, "cached_decode", decoded)
    return coded


def test_the_first_block_is_nine_frames_and_then_twelve(self_forcing: Any) -> None:
    engine = self_forcing.port.loaded()
    chunks = [engine.step() for _ in range(3)]
    assert [tuple(chunk.shape) for chunk in chunks] == [(n, 3, 16, 32) for n in (9, 12, 12)]
    assert all(chunk.min() >= -1 and chunk.max() <= 1 for chunk in chunks)


def test_a_block_is_denoised_in_warped_steps_and_passes_once_more_clean(self_forcing: Any) -> None:
    engine = self_forcing.port.loaded()
    self_forcing.calls.clear()
    engine.step()
    assert [call["t"] for call in self_forcing.calls] == [[t] * 3 for t in (1000, 938, 833, 625, 0)]


def test_a_block_sees_those_before_it(self_forcing: Any) -> None:
    engine = self_forcing.port.loaded()
    self_forcing.calls.clear()
    for _ in range(3):
        engine.step()
    assert [(call["start"], call["seen"]) for call in self_forcing.calls[::5]] == [
        (0, 3),
        (3, 6),
        (6, 9),
    ]


def test_minutes_of_play_roll_on_without_a_reset(self_forcing: Any) -> None:
    room, blocks = 341, 700  # the blocks that have positions, and those of nine minutes
    if not self_forcing.is_double:  # the whole network takes longer
        room, blocks = 10, 20
        self_forcing.port.set(POSITIONS=3 * room + 2)
    engine = self_forcing.port.loaded()
    self_forcing.calls.clear()
    self_forcing.coded.clear()
    size = engine._pipe.kv_cache1[0]["k"].shape
    assert all(bool(engine.step().isfinite().all()) for _ in range(blocks))
    assert engine._pipe.kv_cache1[0]["k"].shape == size == (1, 21 * 2, *size[2:])
    assert self_forcing.coded == ["decode 9"] + ["decode 12"] * (blocks - 1)
    assert max(call["start"] for call in self_forcing.calls) == 3 * (room - 1)
    assert [call["seen"] for call in self_forcing.calls[30:]].count(21) >= 5 * (blocks - 6)
    # Where positions end, the seven blocks in sight are read again, at the first positions.
    again = [index for index, call in enumerate(self_forcing.calls) if call["start"] == 0][5:]
    assert again == [5 * room + n * (5 * (room - 7) + 7) for n in range((blocks - 8) // (room - 7))]
    assert [self_forcing.calls[again[0] + n]["t"][0] for n in range(8)] == [0] * 7 + [1000]


def test_the_first_block_and_the_latest_stay_in_the_cache(self_forcing: Any) -> None:
    engine = self_forcing.port.loaded()

    def kept() -> Any:
        return engine._pipe.kv_cache1[0]["k"].unflatten(1, (7, -1)).clone()  # by block

    for _ in range(7):
        engine.step()
    full = kept()
    engine.step()
    rolled = kept()
    assert torch.equal(rolled[:, 0], full[:, 0])
    assert torch.equal(rolled[:, 1:6], full[:, 2:7])
    assert not torch.equal(rolled[:, 6], full[:, 6])


def test_another_prompt_is_heard_at_once_and_the_past_is_read_again_under_it(
    self_forcing: Any,
) -> None:
    engine = self_forcing.port.loaded()
    engine.step()
    engine.step()
    self_forcing.calls.clear()
    engine.set_prompt("forest")
    assert [(call["t"][0], call["start"]) for call in self_forcing.calls] == [(0, 0), (0, 3)]
    forest = engine.step()
    self_forcing.calls.clear()
    engine.set_prompt("forest")
    assert self_forcing.calls == []
    engine.reset()
    for _ in range(2):
        engine.step()
    engine.set_prompt("desert")
    assert not torch.equal(engine.step(), forest)


def test_the_same_prompts_give_the_same_world(self_forcing: Any) -> None:
    engine = self_forcing.port.loaded()
    first = [engine.step() for _ in range(2)]
    engine.reset()
    assert all(torch.equal(engine.step(), chunk) for chunk in first)


def test_a_rollout_has_a_world_of_its_own(self_forcing: Any) -> None:
    has_a_world_of_its_own(self_forcing.port.loaded())


async def test_live_a_prompt_takes_over_at_a_block_s_first_frame(self_forcing: Any) -> None:
    async with playing(self_forcing.port.model_cls) as player:
        await player.next_frames(3)
        swap = player.send("set_prompt", prompt="desert")
        swapped = await player.frame_after(swap)
        assert swapped.index % 12 == 9
        await player.next_frames(90)
    assert player.errors == []


@pytest.mark.parametrize("upstream", upstream_params("Self-Forcing"))
def test_weights_of_eight_bits_make_nearly_the_same_frames(
    upstream: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    frames = []
    for settings in ({}, {"precision": "fp8"}):
        (folder := tmp_path / "_".join(["port", *settings])).mkdir()
        torch.manual_seed(0)
        with prepared(upstream, folder, monkeypatch, **settings) as made:
            engine = made.port.loaded()
            kept = {weight.dtype for weight in engine._pipe.generator.model.parameters()}
            assert (torch.float8_e4m3fn in kept) == bool(settings)
            engine.reset()
            frames.append(engine.step())
    assert 0 < (frames[0] - frames[1]).abs().mean() < 0.05
