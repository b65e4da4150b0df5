"""MineWorld: the generated engine on a double of upstream's token model."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from lucid.runtime.memory import playing
from tests.engines.porting import DOUBLES, Port, has_a_world_of_its_own, refuses_other_sizes
from tests.hub.repos import folder_facts

torch = pytest.importorskip("torch")
pytest.importorskip("omegaconf")


@pytest.fixture
def mineworld(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    weights = tmp_path / "weights"
    (weights / "checkpoints/vae").mkdir(parents=True)
    (weights / "checkpoints/vae/config.json").write_text("{}", "utf-8")
    torch.save({}, weights / "checkpoints/vae/vae.ckpt")
    names = ("transformer.lm_head.weight", "tokenizer.model.weight")
    tensors = dict.fromkeys(names, torch.ones(1, 1))
    torch.save({"state_dict": tensors}, weights / "checkpoints/300M_16f.ckpt")
    port = Port("mineworld", folder_facts(weights), tmp_path, monkeypatch)
    port.put_upstream(DOUBLES / "mineworld")

    def calls() -> Any:
        return sys.modules["lvm"].LlamaForCausalLM.made[-1].calls

    yield SimpleNamespace(port=port, module=port.engine, calls=calls)
    port.close()


def test_it_starts_at_a_still_repeated_and_reads_it_into_an_empty_cache(mineworld: Any) -> None:
    engine = mineworld.port.loaded()
    assert mineworld.calls()[-2:] == [("refresh",), ("prefill", 8)]
    frame = engine.step(mineworld.module.Action())
    assert (frame.shape, frame.dtype) == ((224, 384, 3), "uint8")


def test_an_action_is_eleven_tokens_with_the_pitch_first(mineworld: Any) -> None:
    module, engine = mineworld.module, mineworld.port.loaded()
    held = (
        module.Key.FORWARD,
        module.Key.ATTACK,
        module.Key.HOTBAR_3,
    )
    engine.step(module.Action(held=held, look=module.MOUSE(240, -60)))
    kind, tokens = mineworld.calls()[-1]
    assert kind == "decode"
    assert [token - 8192 for token in tokens] == [65, 30, 61, 16, 2, 66, 66, 1, 66, 66, 67]


def test_a_full_context_is_read_again_from_its_last_frames(mineworld: Any) -> None:
    engine = mineworld.port.loaded()
    for _ in range(20):
        engine.step(mineworld.module.Action())
    kinds = [call[0] for call in mineworld.calls()][-24:]
    assert kinds.count("decode") == 20
    assert kinds[8:10] == ["refresh", "prefill"]
    assert ("prefill", 8) in mineworld.calls()[-16:]


def test_a_rollout_has_a_world_of_its_own(mineworld: Any) -> None:
    engine = mineworld.port.loaded()
    has_a_world_of_its_own(engine, mineworld.module.Action())
    refuses_other_sizes(engine)


async def test_live_it_plays_past_its_context(mineworld: Any) -> None:
    async with playing(mineworld.port.model_cls) as player:
        seq = player.send("jump", pressed=True)
        frame = await player.frame_after(seq)
        assert frame.i420.shape == (336, 384)
        await player.next_frames(12)
    assert player.errors == []
