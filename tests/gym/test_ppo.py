"""The example that trains an agent."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lucid.gym

ROOT = Path(__file__).resolve().parent.parent.parent


def to_the_right(frame: np.ndarray, action: Mapping[str, Any], info: Mapping[str, Any]) -> float:
    return float(action["right"])


def test_the_example_trains(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    spec = importlib.util.spec_from_file_location("ppo", ROOT / "examples" / "ppo.py")
    assert spec is not None
    assert spec.loader is not None
    ppo = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(ppo)
    monkeypatch.setattr(ppo, "STEPS", 24)
    env = lucid.gym.make_vec("tests.gym.dots:DotModel", 2, reward=to_the_right, max_steps=8)
    rewards = ppo.train(env, updates=2)
    env.close()
    assert len(rewards) == 2
    assert all(0 < reward < 1 for reward in rewards)
