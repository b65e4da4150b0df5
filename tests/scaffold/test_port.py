"""A generated port runs: its own tests pass, a blank one plays. Models: tests/engines."""

from __future__ import annotations

import importlib
import logging
import subprocess
import sys
from pathlib import Path
from types import ModuleType

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


def test_an_unknown_model_s_engine_says_what_is_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = port_module(tmp_path, monkeypatch, "diamond_open", "_trap/empty-card")
    with pytest.raises(NotImplementedError, match=r"Open: engine, inputs, .*size"):
        port.Engine().step(port.Action())


def test_a_blank_port_s_own_engine_plays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    port = port_module(tmp_path, monkeypatch, "blank_plays", None)
    engine = port.Engine()
    engine.load(load_context())
    before = engine.step(port.Action())
    assert (before.shape, before.dtype) == ((360, 640, 3), np.uint8)
    assert np.array_equal(engine.step(port.Action()), before)
    assert not np.array_equal(engine.step(port.Action(held=(port.Key.RIGHT,))), before)
    engine.reset(np.full((360, 640, 3), 7, np.uint8))
    assert np.array_equal(engine.step(port.Action()), np.full((360, 640, 3), 7))
