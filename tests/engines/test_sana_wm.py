"""SANA-WM: diffusers' own pipeline, from a random checkpoint in the repo's layout."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lucid.runtime.memory import playing
from tests.engines.porting import Port, kept_port

pytest.importorskip("diffusers")
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")


@pytest.fixture
def port(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Port:
    port = kept_port("sana-wm", tmp_path, monkeypatch)
    port.use_tiny_weights()
    options: Any = {"num_inference_steps": 1}
    port.set(WIDTH=64, HEIGHT=64, FRAMES_PER_STEP=8, OPTIONS=options)
    return port


async def test_live_keys_are_the_next_clip_s_camera_path(
    port: Port, monkeypatch: pytest.MonkeyPatch
) -> None:
    from diffusers import SanaWMPipeline

    paths: list[Any] = []
    prepare = SanaWMPipeline.prepare_camera_trajectory

    def recorded(self: Any, c2w: Any, *others: Any) -> Any:
        paths.append(c2w)
        return prepare(self, c2w, *others)

    monkeypatch.setattr(SanaWMPipeline, "prepare_camera_trajectory", recorded)
    async with playing(port.model_cls) as player:
        await player.next_frames(2)
        player.send("forward", pressed=True)
        turned = player.send("look_right", pressed=True)
        frame = await player.frame_after(turned)
        assert frame.index % 8 == 0
        assert frame.i420.shape == (96, 64)
    assert player.errors == []
    assert np.array_equal(paths[0], np.stack([np.eye(4)] * 9))
    walked = paths[frame.index // 8]
    assert np.array_equal(walked[0], np.eye(4))
    assert walked[-1, 2, 3] == pytest.approx(8 * 0.05, abs=0.01)  # forward
    assert walked[-1, 0, 3] > 0  # and to the right
    assert walked[-1, 0, 2] == pytest.approx(np.sin(8 * np.deg2rad(1.2)), abs=1e-6)
