"""Helios: diffusers' own pipeline, from a random checkpoint in the repo's layout."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lucid.runtime.memory import playing
from tests.engines.porting import Port, kept_port

torch = pytest.importorskip("torch")
pytest.importorskip("diffusers")

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
SIDE = 64


@pytest.fixture
def port(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Port:
    port = kept_port("helios", tmp_path, monkeypatch)
    port.use_tiny_weights()
    port.set(WIDTH=SIDE, HEIGHT=SIDE)
    return port


def picture() -> np.ndarray[Any, np.dtype[np.uint8]]:
    return np.random.default_rng(0).integers(0, 255, (SIDE, SIDE, 3), dtype=np.uint8)


def test_a_rollout_goes_on_from_a_clip_and_a_reset_forgets_it(port: Port) -> None:
    engine = port.loaded()
    fresh = engine.step()
    engine.reset(np.stack([picture()] * 33))
    after_clip = engine.step()
    assert after_clip.shape == (33, SIDE, SIDE, 3)
    assert 0 <= after_clip.min() < after_clip.max() <= 1
    assert not np.array_equal(after_clip, fresh)
    engine.reset()
    assert np.array_equal(engine.step(), fresh)


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
