"""As gymnasium 1.4 with ale-py 0.12: a game of which only the brightness changes."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np

REGISTERED: list[Any] = []


class Game:
    """Over after forty frames, then it wants a reset."""

    def __init__(self) -> None:
        names = ["NOOP", "FIRE", "RIGHT", "LEFT"]
        self.unwrapped = SimpleNamespace(get_action_meanings=lambda: names, _frameskip=1)
        self.unwrapped.np_random = np.random.default_rng()
        self.frames = -1
        self.resets = 0

    def reset(self, seed: int | None = None) -> tuple[Any, dict[str, Any]]:
        if seed is not None:
            self.unwrapped.np_random = np.random.default_rng(seed)
        self.frames = 0
        self.resets += 1
        return self._picture(), {}

    def step(self, action: int) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        assert type(action) is int and 0 <= action < 4
        assert 0 <= self.frames < 200, "over: reset it first"
        self.frames += 1
        return self._picture(), 0.0, self.resets < 2 and self.frames == 40, False, {}

    def _picture(self) -> Any:
        return np.full((210, 160, 3), self.frames, np.uint8)


def register_envs(module: Any) -> None:
    REGISTERED.append(module)


def make(name: str, full_action_space: bool, frameskip: int, render_mode: str) -> Game:
    assert REGISTERED, f"Environment `{name}` doesn't exist"
    assert not full_action_space and frameskip == 1 and render_mode == "rgb_array"
    return Game()
