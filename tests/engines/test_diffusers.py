"""A video pipeline of diffusers that no player can act in: real, from a random checkpoint."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from lucid import manifest
from lucid.runtime.memory import playing
from tests.engines.porting import Port
from tests.engines.tiny import save_wan
from tests.hub.repos import folder_facts

pytest.importorskip("diffusers")
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")


@pytest.fixture
def port(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Port:
    save_wan(tmp_path / "weights")
    port = Port("wan", folder_facts(tmp_path / "weights"), tmp_path, monkeypatch)
    port.set(WIDTH=32, HEIGHT=32, FRAMES_PER_STEP=9, OPTIONS={"num_inference_steps": 2})
    return port


def test_a_text_pipeline_takes_a_prompt_and_nothing_else(port: Port) -> None:
    assert [spec.name for spec in manifest(port.model_cls).inputs] == ["set_prompt"]


async def test_live_each_step_is_a_clip_for_the_prompt_of_the_moment(port: Port) -> None:
    async with playing(port.model_cls) as player:
        first = await player.next_frames(9)
        swap = player.send("set_prompt", prompt="desert")
        frame = await player.frame_after(swap)
        assert frame.index % 9 == 0
        assert frame.i420.shape == (48, 32)
        assert not np.array_equal(frame.i420, first[0].i420)
    assert player.errors == []
