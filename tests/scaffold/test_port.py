"""A generated port runs: its own tests pass, and its engine speaks to world_engine as it must."""

from __future__ import annotations

import importlib
import logging
import subprocess
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest

from lucid import LoadContext
from lucid.scaffold.plan import plan
from lucid.scaffold.write import write
from tests.scaffold.facts import recorded_facts

WAYPOINT = "Overworld/Waypoint-1.5-1B"
WAYPOINT_1 = "Overworld/Waypoint-1-Small"


@pytest.mark.parametrize("repo", [WAYPOINT, WAYPOINT_1, "_trap/empty-card", None])
def test_the_tests_of_a_port_pass(tmp_path: Path, repo: str | None) -> None:
    write(plan("my_world", recorded_facts(repo) if repo else None), tmp_path / "my_world")
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:asyncio", "-p", "no:cacheprovider"],
        cwd=tmp_path / "my_world",
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stdout


def port_module(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, repo: str | None
) -> ModuleType:
    """The engine module of a new port; ``name`` must be new to this process."""
    write(plan(name, recorded_facts(repo) if repo else None), tmp_path / name)
    monkeypatch.syspath_prepend(tmp_path / name)
    return importlib.import_module(f"{name}.engine")


def load_context() -> LoadContext:
    return LoadContext(logging.getLogger("test"), lambda stage, fraction: None)


class FakeTensor(np.ndarray[Any, Any]):
    """As much of a torch tensor as the port uses."""

    def expand(self, *shape: int) -> FakeTensor:
        return np.broadcast_to(self, shape).view(FakeTensor)

    def contiguous(self) -> FakeTensor:
        return self.copy()

    def clone(self) -> FakeTensor:
        return self.copy()


def fake_torch_tensor(data: Any, device: str) -> FakeTensor:
    return np.array(data).view(FakeTensor)


class FakeWorldEngine:
    """Records what a port calls; frame ``n`` of a rollout is filled with ``n``."""

    frame_shape: tuple[int, ...] = (4, 720, 1280, 3)

    def __init__(self, model_uri: str) -> None:
        self.model_uri = model_uri
        self.calls: list[Any] = []
        self.position = 0

    def reset(self) -> None:
        self.calls.append("reset")
        self.position = 0

    def set_prompt(self, prompt: str) -> None:
        self.calls.append(("prompt", prompt))

    def append_frame(self, frame: FakeTensor) -> None:
        assert frame.dtype == np.uint8
        self.calls.append(("append", frame.shape, int(frame.flat[0])))
        self.position += 1

    def gen_frame(self, ctrl: Any) -> FakeTensor:
        self.calls.append(("gen", ctrl.button, ctrl.mouse, ctrl.scroll_wheel))
        self.position += 1
        return np.full(self.frame_shape, self.position % 256, np.uint8).view(FakeTensor)


@pytest.fixture
def upstream(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """world_engine, torch and a download, as the port imports them."""
    downloads: list[Any] = []
    worlds: list[FakeWorldEngine] = []

    def snapshot_download(repo: str, revision: str, allow_patterns: list[str]) -> str:
        downloads.append((repo, revision, allow_patterns))
        return "/weights"

    def world_engine(model_uri: str, device: str, dtype: str) -> FakeWorldEngine:
        worlds.append(FakeWorldEngine(model_uri))
        return worlds[-1]

    modules: dict[str, dict[str, Any]] = {
        "torch": {"tensor": fake_torch_tensor, "bfloat16": "bfloat16"},
        "world_engine": {"WorldEngine": world_engine, "CtrlInput": SimpleNamespace},
        "huggingface_hub": {"snapshot_download": snapshot_download},
    }
    for name, members in modules.items():
        module = ModuleType(name)
        vars(module).update(members)
        monkeypatch.setitem(sys.modules, name, module)
    return SimpleNamespace(downloads=downloads, worlds=worlds)


def test_waypoint_1_5_loads_its_commit_and_warms_up_with_the_real_shapes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, upstream: SimpleNamespace
) -> None:
    port = port_module(tmp_path, monkeypatch, "waypoint_load", WAYPOINT)
    engine = port.Engine()
    engine.load(load_context())
    assert upstream.downloads == [(WAYPOINT, port.COMMIT, ["config.yaml", "model.safetensors"])]
    (world,) = upstream.worlds
    assert world.model_uri == "/weights"
    assert world.calls == [
        "reset",
        ("append", (4, 720, 1280, 3), 128),
        ("gen", set(), (0.0, 0.0), 0),
        "reset",
    ]


def test_waypoint_1_5_seeds_again_with_the_last_frame_two_steps_before_its_context_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, upstream: SimpleNamespace
) -> None:
    port = port_module(tmp_path, monkeypatch, "waypoint_context", WAYPOINT)
    monkeypatch.setattr(FakeWorldEngine, "frame_shape", (4, 2, 2, 3))
    monkeypatch.setattr(port, "HEIGHT", 2)
    monkeypatch.setattr(port, "WIDTH", 2)
    engine = port.Engine()
    engine.load(load_context())
    engine.reset(np.full((2, 2, 3), 9, np.uint8))
    action = port.Action(buttons=frozenset({port.Button.FORWARD}), mouse=(0.1, 0.0), scroll=1)
    for _ in range(509):
        frames = engine.step(action)
    (world,) = upstream.worlds
    assert world.position == 510
    world.calls.clear()
    assert engine.step(action).shape == frames.shape == (4, 2, 2, 3)
    assert world.calls == [
        "reset",
        ("append", (4, 2, 2, 3), 510 % 256),
        ("gen", {87}, (0.1, 0.0), 1),
    ]


def test_waypoint_1_seeds_one_still_and_sets_a_prompt_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, upstream: SimpleNamespace
) -> None:
    port = port_module(tmp_path, monkeypatch, "waypoint_prompt", WAYPOINT_1)
    monkeypatch.setattr(FakeWorldEngine, "frame_shape", (360, 640, 3))
    engine = port.Engine()
    engine.load(load_context())
    (world,) = upstream.worlds
    assert world.calls[1] == ("append", (360, 640, 3), 128)
    world.calls.clear()
    for prompt in ("a forest", "a forest", "a desert"):
        engine.set_prompt(prompt)
    assert world.calls == [("prompt", "a forest"), ("prompt", "a desert")]


def test_an_unknown_model_s_engine_says_what_is_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = port_module(tmp_path, monkeypatch, "diamond_open", "_trap/empty-card")
    with pytest.raises(NotImplementedError, match=r"open: engine, inputs, .*size"):
        port.Engine().step(port.Action())


def test_a_blank_port_s_own_engine_plays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    port = port_module(tmp_path, monkeypatch, "blank_plays", None)
    engine = port.Engine()
    engine.load(load_context())
    before = engine.step(port.Action())
    assert (before.shape, before.dtype) == ((360, 640, 3), np.uint8)
    assert np.array_equal(engine.step(port.Action()), before)
    assert not np.array_equal(engine.step(port.Action(right=True)), before)
    engine.reset(np.full((360, 640, 3), 7, np.uint8))
    assert np.array_equal(engine.step(port.Action()), np.full((360, 640, 3), 7))
