"""Engines that are written with settings which save GPU memory: real networks, on a CPU."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lucid.lock import Choices
from tests.engines.porting import Port, real_param
from tests.engines.tiny import save_wan
from tests.hub.repos import folder_facts
from tests.scaffold.facts import recorded_facts
from tests.scaffold.golden import GOLDEN, NOT_KEPT

torch = pytest.importorskip("torch")
pytest.importorskip("diffusers")
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")

Write = Callable[..., Any]
ONE_STEP: Any = {"num_inference_steps": 1}


@pytest.fixture
def loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Write the port of a kept scaffold with these settings, and load its engine."""

    def load(folder: str, changed: dict[str, Any], **settings: str) -> Any:
        name, repo = GOLDEN[folder]
        (place := tmp_path / "_".join(["port", *settings])).mkdir()
        port = Port(name, recorded_facts(repo, Choices(answers=settings)), place, monkeypatch)
        torch.manual_seed(0)
        port.use_tiny_weights()
        port.set(**changed)
        return port.loaded()

    return load


def stored_in_eight_bits(network: Any) -> bool:
    return any(weight.dtype == torch.float8_e4m3fn for weight in network.parameters())


def test_helios_makes_nearly_the_same_frames_with_less_memory(loaded: Write) -> None:
    small = {"WIDTH": 64, "HEIGHT": 64}
    frames = {}
    for settings in ({}, {"offload": "yes"}, {"precision": "fp8", "tiling": "yes"}):
        engine = loaded("helios", small, **settings)
        assert stored_in_eight_bits(engine._pipe.transformer) == ("precision" in settings)
        assert engine._pipe.vae.use_tiling == ("tiling" in settings)
        engine.reset()
        frames["_".join(settings)] = engine.step()
    assert np.array_equal(frames[""], frames["offload"])
    difference = np.abs(frames[""] - frames["precision_tiling"])
    assert 0 < difference.mean() < 0.03


def test_sana_wm_runs_with_all_settings(loaded: Write) -> None:
    small = {"WIDTH": 64, "HEIGHT": 64, "FRAMES_PER_STEP": 8} | {"OPTIONS": ONE_STEP}
    engine = loaded("sana-wm", small, precision="fp8", offload="yes", tiling="yes")
    assert stored_in_eight_bits(engine._pipe.transformer)
    assert engine._pipe.vae.use_tiling
    action = sys.modules[type(engine).__module__].Action()
    assert engine.step(action).shape == (8, 64, 64, 3)


def test_a_pipeline_of_diffusers_runs_with_its_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_wan(tmp_path / "weights")
    choices = Choices(answers={"precision": "fp8", "offload": "yes"})
    port = Port("wan", folder_facts(tmp_path / "weights", choices), tmp_path, monkeypatch)
    port.set(WIDTH=32, HEIGHT=32, FRAMES_PER_STEP=9, OPTIONS=ONE_STEP)
    engine = port.loaded()
    assert stored_in_eight_bits(engine._pipe.transformer)
    assert engine.step().shape == (9, 32, 32, 3)


@pytest.mark.parametrize(
    ("upstream", "folder"),
    [
        real_param("lingbot-world", "lingbot-world-fast", id="fast"),
        real_param("lingbot-world-v2", "lingbot-world-2", id="second"),
    ],
)
def test_lingbot_makes_nearly_the_same_frames_with_weights_of_eight_bits(
    folder: str, upstream: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name, repo = (GOLDEN | NOT_KEPT)[folder]
    frames = []
    for settings in ({}, {"precision": "fp8"}):
        (place := tmp_path / "_".join(["port", *settings])).mkdir()
        port = Port(name, recorded_facts(repo, Choices(answers=settings)), place, monkeypatch)
        try:
            frames.append(_step_of_lingbot(port, upstream, bool(settings)))
        finally:
            port.close()
    assert 0 < (frames[0] - frames[1]).abs().mean() < 0.1


def _step_of_lingbot(port: Port, upstream: Path, is_small: bool) -> Any:
    golden, checkout = port.engine_test, port.put_upstream(upstream)
    with golden.on_a_cpu(), pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(checkout)
        importlib.import_module("wan")
        golden.import_patched(checkout)
        weights = port.use_tiny_weights()
        port.set(WIDTH=golden.WIDTH, HEIGHT=golden.HEIGHT, WORDS=golden.TEXT)
        if base := getattr(golden, "BASE", None):
            port.set(BASE=str(weights / base))
        engine = port.loaded()
        assert stored_in_eight_bits(engine._pipe.model) == is_small
        engine.reset()
        return engine.step(sys.modules[type(engine).__module__].Action())
