"""Engines that are written with settings which save GPU memory: real networks, on a CPU."""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lucid.lock import Choices
from tests.engines.porting import Port
from tests.engines.test_golden import CHECKOUTS, CODE, skip_if_absent
from tests.engines.tiny import save_wan
from tests.hub.repos import folder_facts
from tests.scaffold.facts import recorded_facts
from tests.scaffold.golden import GOLDEN, NOT_KEPT, golden_choices

torch = pytest.importorskip("torch")
hooks = pytest.importorskip("diffusers.hooks")
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")

Write = Callable[..., Any]
ONE_STEP: Any = {"num_inference_steps": 1}
EIGHT_BITS = (
    "dreamx-world", "krea-realtime", "lingbot-world", "lingbot-world-2", "lingbot-world-fast",
    "rolling-forcing", "self-forcing", "self-gradient-forcing", "yume",
)  # fmt: skip
"""The ports whose upstream is code without a package, and that can store weights in eight bits."""


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


@pytest.mark.parametrize(
    ("folder", "changed"),
    [
        ("sana-wm", {"FRAMES_PER_STEP": 8, "OPTIONS": ONE_STEP}),
        ("cosmos-3", {"FRAMES_PER_STEP": 4, "DENOISING_STEPS": 1, "RESOLUTION_TIER": 256}),
    ],
)
def test_a_pipeline_that_follows_actions_runs_with_all_settings(
    folder: str, changed: dict[str, Any], loaded: Write
) -> None:
    small = {"WIDTH": 64, "HEIGHT": 64} | changed
    engine = loaded(folder, small, precision="fp8", offload="yes", tiling="yes")
    assert stored_in_eight_bits(engine._pipe.transformer)
    assert engine._pipe.vae.use_tiling
    action = sys.modules[type(engine).__module__].Action()
    assert engine.step(action).shape == (changed["FRAMES_PER_STEP"], 64, 64, 3)


def test_a_pipeline_of_diffusers_runs_with_its_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_wan(tmp_path / "weights")
    choices = Choices(answers={"precision": "fp8", "offload": "yes", "tiling": "yes"})
    port = Port("wan", folder_facts(tmp_path / "weights", choices), tmp_path, monkeypatch)
    port.set(WIDTH=32, HEIGHT=32, FRAMES_PER_STEP=9, OPTIONS=ONE_STEP)
    engine = port.loaded()
    assert stored_in_eight_bits(engine._pipe.transformer)
    assert engine._pipe.vae.use_tiling
    assert engine.step().shape == (9, 32, 32, 3)


@pytest.mark.parametrize("folder", EIGHT_BITS)
def test_weights_of_eight_bits_make_nearly_the_frames_of_upstream(
    folder: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Run the port's golden test, and measure the difference that it would not allow."""
    skip_if_absent(folder)
    name, repo = (GOLDEN | NOT_KEPT)[folder]
    choices = golden_choices(folder).model_copy(update={"answers": {"precision": "fp8"}})
    port = Port(name, recorded_facts(repo, choices), tmp_path, monkeypatch)
    port.put_upstream(CODE / CHECKOUTS[folder])
    differences: list[float] = []
    networks: list[Any] = []

    def measure(_: str, ours: Any, theirs: Any, tolerance: float) -> None:
        differences.append(np.abs(ours[0] - theirs[0]).mean())

    def cast(network: Any, **options: Any) -> None:
        networks.append(network)
        hooks.layerwise_casting.apply_layerwise_casting(network, **options)

    monkeypatch.setattr(import_module("lucid.golden.check"), "compare", measure)
    monkeypatch.setattr(hooks, "apply_layerwise_casting", cast)
    try:
        port.compare_with_upstream()
    finally:
        port.close()
    assert all(stored_in_eight_bits(network) for network in networks)
    assert len(networks) == (2 if folder == "lingbot-world" else 1)
    assert all(0 < difference < 13 for difference in differences)
