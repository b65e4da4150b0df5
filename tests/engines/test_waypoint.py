"""Waypoint: the generated engine on world_engine, or on a double of it.

The real one runs if `world_engine` is installed and LUCID_TEST_WAYPOINT names a folder with a model
(config.yaml and model.safetensors).
"""

from __future__ import annotations

import importlib.util
import io
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import yaml
from PIL import Image

from lucid import InputFile
from lucid.hub.facts import Fact, RepoFacts
from lucid.lock import Choices
from lucid.media.i420 import to_rgb
from lucid.runtime.memory import playing
from tests.engines.porting import (
    DOUBLES,
    Port,
    has_a_world_of_its_own,
    put_locally,
    refuses_other_sizes,
)
from tests.scaffold.facts import recorded_facts

torch = pytest.importorskip("torch")
SIZE = {"height": 18, "width": 32}


def small(facts: RepoFacts, folder: Path, context_steps: int = 512) -> RepoFacts:
    """The facts of a model in ``folder`` that makes small frames."""
    values = {**SIZE, "context_steps": context_steps}
    changed = {name: Fact(value=value, evidence="this test") for name, value in values.items()}
    return facts.model_copy(
        update={"repo": str(folder), "commit": None, "facts": {**facts.facts, **changed}}
    )


def picture(rgb: np.ndarray) -> InputFile:
    """The upload of an (H, W, 3) uint8 picture."""
    data = io.BytesIO()
    Image.fromarray(rgb).save(data, "PNG")
    return InputFile("f1", "a.png", "image/png", data.tell(), "0" * 64, data.getvalue())


@pytest.fixture
def waypoint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Makes a port of a recorded repo, on the double."""
    monkeypatch.syspath_prepend(DOUBLES / "world_engine")
    for name in world_engine_modules():
        monkeypatch.delitem(sys.modules, name)

    def make(repo: str, context_steps: int = 512, **settings: str) -> Any:
        weights = tmp_path / "weights"
        weights.mkdir()
        is_first = repo.endswith("Waypoint-1-Small")
        config: dict[str, Any] = {**SIZE, "n_buttons": 256, "n_frames": context_steps}
        config |= {"prompt_conditioning": "cross_attention"} if is_first else {
            "prompt_conditioning": None, "taehv_ae": True, "temporal_compression": 4,
        }  # fmt: skip
        (weights / "config.yaml").write_text(yaml.safe_dump(config), "utf-8")
        facts = small(recorded_facts(repo, Choices(answers=settings)), weights, context_steps)
        port = Port("waypoint", facts, tmp_path, monkeypatch)
        for need in facts.needed_repos:
            files = [path.replace("*", "a") for path in (*need.files, *need.pickles)]
            put_locally(need.repo, tmp_path, monkeypatch, *files)
        made = lambda: sys.modules["world_engine"].WorldEngine.made[-1]  # noqa: E731
        return SimpleNamespace(port=port, world=made)

    yield make
    for name in world_engine_modules():  # else other tests would take the double for upstream
        del sys.modules[name]


def world_engine_modules() -> list[str]:
    return [name for name in sys.modules if name.partition(".")[0] == "world_engine"]


def test_waypoint_1_5_warms_up_with_a_whole_chunk_of_the_seed_frame(waypoint: Any) -> None:
    made = waypoint("Overworld/Waypoint-1.5-1B")
    made.port.loaded()
    still: Any = ("gen", set(), (0.0, 0.0), 0)
    assert made.world().calls == [("reset",), ("append", 128), still, still, ("reset",)]


@pytest.mark.parametrize(("precision", "quant"), [("fp8", "fp8w8a8"), ("int8", "intw8a8")])
def test_waypoint_is_quantised_by_its_own_engine(waypoint: Any, precision: str, quant: str) -> None:
    made = waypoint("Overworld/Waypoint-1.5-1B", precision=precision)
    made.port.loaded()
    assert made.world().quant == quant


def test_waypoint_1_5_seeds_again_before_its_context_ends(waypoint: Any) -> None:
    made = waypoint("Overworld/Waypoint-1.5-1B", context_steps=8)
    module, engine = made.port.engine, made.port.loaded()
    engine.reset(np.full((18, 32, 3), 9, np.uint8))
    act = module.Action(held=(module.Key.FORWARD,), look=(0.1, 0.2), scroll=1)
    for _ in range(5):
        engine.step(act)
    world = made.world()
    assert world.frame_ts.item() == 6
    world.calls.clear()
    frames = engine.step(act)
    assert frames.shape == (4, 18, 32, 3)
    assert world.calls == [("reset",), ("append", 6), ("gen", {87}, (0.1, 0.2), 1)]


def test_waypoint_1_takes_a_still_and_a_prompt_and_sets_it_once(waypoint: Any) -> None:
    made = waypoint("Overworld/Waypoint-1-Small")
    engine = made.port.loaded()
    for prompt in ("An explorable world", "a forest", "a forest", "a desert"):
        engine.set_prompt(prompt)
    assert made.world().prompts == ["An explorable world", "a forest", "a desert"]
    assert engine.step(made.port.engine.Action()).shape == (18, 32, 3)


async def test_a_new_session_reads_its_seed_frame_under_its_own_prompt(waypoint: Any) -> None:
    made = waypoint("Overworld/Waypoint-1-Small")
    async with playing(made.port.model_cls) as player:
        player.send("set_prompt", prompt="a forest")
        player.send("set_seed_frame", image=picture(np.full((18, 32, 3), 9, np.uint8)))
        await player.next_frames(3)
    assert player.errors == []
    calls = made.world().calls
    before = calls[: calls.index(("append", 9))]
    assert [call for call in before if call[0] == "prompt"][-1] == ("prompt", "a forest")


def test_a_rollout_has_a_world_of_its_own(waypoint: Any) -> None:
    made = waypoint("Overworld/Waypoint-1-Small")
    engine = made.port.loaded()
    has_a_world_of_its_own(engine, made.port.engine.Action())
    refuses_other_sizes(engine)


def test_what_is_held_is_its_virtual_key_code(waypoint: Any) -> None:
    codes = {key.name: int(key) for key in waypoint("Overworld/Waypoint-1.5-1B").port.engine.Key}
    assert codes == {
        "FORWARD": 87, "LEFT": 65, "BACK": 83, "RIGHT": 68, "JUMP": 32, "SPRINT": 16,
        "CROUCH": 17, "PRIMARY": 1, "SECONDARY": 2,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("pixels", "velocity"), [(0, 0.0), (8, 0.06), (40, 0.3), (400, 0.4), (-400, -0.4)]
)
def test_pixels_are_a_velocity_in_the_useful_range(
    waypoint: Any, pixels: float, velocity: float
) -> None:
    scale = waypoint("Overworld/Waypoint-1.5-1B").port.engine.MOUSE
    assert scale.axes(scale(pixels, 0)) == pytest.approx((velocity, 0.0))


async def test_waypoint_live_on_one_thread_with_keys_mouse_and_wheel(waypoint: Any) -> None:
    made = waypoint("Overworld/Waypoint-1.5-1B", context_steps=32)
    async with playing(made.port.model_cls) as player:
        await player.next_frames(4)
        player.send("forward", pressed=True)
        player.send("scroll", delta=2)
        seq = player.send("look", dx=20, dy=-10)
        frame = await player.frame_after(seq)
        assert to_rgb(frame.i420).shape == (18, 32, 3)
        await player.next_frames(40 * 4)  # over the end of the context
    assert player.errors == []
    gens = [call for call in made.world().calls if call[0] == "gen"]
    assert ("gen", {87}, pytest.approx((0.15, -0.075)), 1) in gens
    assert gens[-1] == ("gen", {87}, (0.0, 0.0), 0)


@pytest.mark.skipif(
    importlib.util.find_spec("world_engine") is None or "LUCID_TEST_WAYPOINT" not in os.environ,
    reason="needs world_engine, and LUCID_TEST_WAYPOINT: a folder with a model",
)
def test_the_real_world_engine_plays_past_its_context(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.hub.repos import folder_facts

    facts = folder_facts(Path(os.environ["LUCID_TEST_WAYPOINT"]))
    port = Port("waypoint_real", facts, tmp_path, monkeypatch)
    engine = port.loaded()
    module = port.engine
    for _ in range(module.CONTEXT_STEPS + 2):
        frames = engine.step(module.Action(held=(module.Key.FORWARD,)))
    assert tuple(frames.shape[-3:]) == (module.HEIGHT, module.WIDTH, 3)
    assert frames.dtype == torch.uint8
