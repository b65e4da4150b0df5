"""Helios: diffusers' own pipeline, from a random checkpoint in the repo's layout."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest

from lucid.runtime.memory import playing
from tests.engines.porting import Port, kept_port

pytest.importorskip("torch")
pytest.importorskip("diffusers")

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
SIDE = 64


@pytest.fixture
def port(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Port:
    port = kept_port("helios", tmp_path, monkeypatch)
    port.use_tiny_weights()
    port.set(WIDTH=SIDE, HEIGHT=SIDE)
    return port


async def test_live_a_prompt_takes_over_at_a_chunk_s_first_frame(port: Port) -> None:
    async with playing(port.model_cls) as player:
        await player.next_frames(5)
        swap = player.send("set_prompt", prompt="desert")
        swapped = await player.frame_after(swap)
        assert swapped.index % 33 == 0
        await player.next_frames(33)
    assert player.errors == []
    # A chunk is paced out evenly.
    within = [(a, b) for a, b in pairwise(player.frames) if b.index % 33]
    assert len(within) >= 32
    for before, after in within:
        assert after.due_s - before.due_s == pytest.approx(1 / 24, abs=1e-4)
