"""Krea Realtime: the generated engine on a double of upstream's server code."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from functools import partial
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
    put_in_cache,
    refuses_other_sizes,
    upstream_params,
)
from tests.engines.wan_causal import import_without_cuda, record_network, save_base
from tests.hub.repos import folder_facts

torch = pytest.importorskip("torch")
pytest.importorskip("omegaconf")
pytest.importorskip("diffusers")

# Of upstream's own imports.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")


@pytest.fixture(params=upstream_params("realtime-video"))
def krea(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Any]:
    """A port with tiny weights, and the calls of its network and autoencoder."""
    from safetensors.torch import save_file

    weights = tmp_path / "weights"
    weights.mkdir()
    checkpoint = weights / "krea-realtime-video-14b.safetensors"
    save_file({"x": torch.zeros(1)}, checkpoint)
    blocks = '{"_class_name": "KreaRealtimeVideoBlocks"}'
    (weights / "modular_config.json").write_text(blocks, "utf-8")
    port = Port("krea", folder_facts(weights), tmp_path, monkeypatch)
    base = put_in_cache(port.engine.BASE, port.engine.BASE_COMMIT, tmp_path, monkeypatch)
    double = request.param.is_relative_to(DOUBLES)
    code = (DOUBLES / "Self-Forcing", request.param) if double else (request.param,)
    sys.path.insert(0, str(port.put_upstream(*code)))
    import_without_cuda(monkeypatch)
    if not double:
        make_small(monkeypatch)
    save_file(save_base(base, port.engine, dim=24, num_heads=2), checkpoint)
    yield SimpleNamespace(
        port=port, calls=record_network(monkeypatch), coded=record_autoencoder(monkeypatch)
    )
    port.close()


def make_small(monkeypatch: pytest.MonkeyPatch) -> None:
    """The real decoder at a width of eight; attention with a mask as it is, not compiled."""
    slow = importlib.import_module("torch.nn.attention.flex_attention")
    coder = importlib.import_module("demo_utils.vae_block3")
    monkeypatch.setattr(coder, "VAEDecoder3d", partial(coder.VAEDecoder3d, dim=8))
    causal = importlib.import_module("wan.modules.causal_model")
    monkeypatch.setattr(causal, "flex_attention", slow.flex_attention)
    monkeypatch.setattr(slow, "_FLEX_ATTENTION_DISABLE_COMPILE_DEBUG", True)
    importlib.import_module("pipeline.causal_inference")
    monkeypatch.setattr(torch.cuda, "current_device", lambda: "cpu")  # it makes tensors there


def record_autoencoder(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    coded: list[str] = []
    module = importlib.import_module("demo_utils.vae_block3")
    encode, decode = module.VAEEncoderWrapper.forward, module.VAEDecoderWrapper.forward

    def encoded(self: Any, z: Any, *args: Any, **kwargs: Any) -> Any:
        coded.append(f"encode {z.shape[2]}")
        return encode(self, z, *args, **kwargs)

    def decoded(self: Any, z: Any, *caches: Any) -> Any:
        frames, caches = decode(self, z, *caches)
        coded.append(f"decode {frames.shape[1]}")
        return frames, caches

    monkeypatch.setattr(module.VAEEncoderWrapper, "forward", encoded)
    monkeypatch.setattr(module.VAEDecoderWrapper, "forward", decoded)
    return coded


def passes(calls: list[dict[str, Any]]) -> list[tuple[int, int, int]]:
    """Of each pass the time, how many latents it sees, and the position of its first one."""
    return [
        (call["t"][0], call["seen"], 0 if call["mask"] is not None else call["start"])
        for call in calls
    ]


def test_the_first_block_is_nine_frames_and_then_twelve(krea: Any) -> None:
    engine = krea.port.loaded()
    chunks = [engine.step() for _ in range(2)]
    assert [tuple(chunk.shape) for chunk in chunks] == [(n, 3, 480, 832) for n in (9, 12)]
    assert all(chunk.min() >= -1 and chunk.max() <= 1 for chunk in chunks)


def test_the_past_is_read_before_each_block_and_positions_do_not_grow(krea: Any) -> None:
    engine = krea.port.loaded()
    krea.calls.clear()
    for _ in range(3):
        engine.step()
    times = (1000, 938, 833, 625, 0)
    later = [(0, 3, 0), *((time, 6, 3) for time in times)]
    assert passes(krea.calls) == [*((time, 3, 0) for time in times), *later, *later]


def test_the_past_starts_with_a_still_of_nine_frames_ago(krea: Any) -> None:
    engine = krea.port.loaded()
    krea.coded.clear()
    for _ in range(3):
        engine.step()
    # A rollout's own first latent is a still's already.
    assert krea.coded == ["decode 9", "decode 12", "encode 1", "decode 12"]


def test_a_rollout_goes_on_from_a_clip_and_a_reset_forgets_it(krea: Any) -> None:
    module, engine = krea.port.engine, krea.port.loaded()
    fresh = engine.step()
    clip = np.full((module.CLIP_FRAMES, module.HEIGHT, module.WIDTH, 3), 200, np.uint8)
    krea.calls.clear()
    krea.coded.clear()
    engine.reset(clip)
    after = engine.step()
    assert len(after) == 12
    assert krea.coded == ["encode 9", "decode 9", "decode 12"]
    assert passes(krea.calls)[:2] == [(0, 3, 0), (1000, 6, 3)]
    engine.reset()
    assert torch.equal(engine.step(), fresh)


def test_a_new_prompt_takes_over_in_three_blocks_and_a_new_rollout_starts_with_it(
    krea: Any,
) -> None:
    engine = krea.port.loaded()
    engine.step()
    heard = []
    engine.set_prompt("desert")
    for _ in range(5):
        engine.step()
        heard.append(krea.calls[-1]["prompt"])
    assert len({embeds.float().sum().item() for embeds in heard}) == 3
    assert torch.equal(heard[2], heard[4])
    engine.reset()
    engine.set_prompt("forest")
    engine.step()
    forest = krea.calls[-1]["prompt"]
    engine.step()
    assert torch.equal(krea.calls[-1]["prompt"], forest)
    assert not torch.equal(forest, heard[4])


def test_a_rollout_has_a_world_of_its_own(krea: Any) -> None:
    engine = krea.port.loaded()
    has_a_world_of_its_own(engine)
    refuses_other_sizes(engine)


async def test_live_a_prompt_is_taken_at_a_block_s_first_frame(krea: Any) -> None:
    async with playing(krea.port.model_cls) as player:
        await player.next_frames(3)
        swap = player.send("set_prompt", prompt="desert")
        swapped = await player.frame_after(swap)
        assert swapped.index % 12 == 9
        await player.next_frames(20)
    assert player.errors == []
