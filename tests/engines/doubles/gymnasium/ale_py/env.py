"""As ale-py 0.12, env.py: a game of which only the brightness changes."""

from typing import Any

import gymnasium
import numpy as np
from gymnasium import utils


class AtariEnv(gymnasium.Env, utils.EzPickle):
    """Over after forty frames, then it wants a reset."""

    def __init__(
        self,
        game: str,
        mode: int | None = None,
        difficulty: int | None = None,
        obs_type: str = "rgb",
        frameskip: Any = 4,
        repeat_action_probability: float = 0.25,
        full_action_space: bool = False,
        continuous: bool = False,
        continuous_action_threshold: float = 0.5,
        max_num_frames_per_episode: int | None = None,
        render_mode: str | None = None,
        sound_obs: bool = False,
    ) -> None:
        assert not full_action_space and render_mode == "rgb_array"
        self._frameskip = frameskip
        self.np_random = np.random.default_rng()
        self.frames = -1
        self.resets = 0

    def get_action_meanings(self) -> list[str]:
        return ["NOOP", "FIRE", "RIGHT", "LEFT"]

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Any, dict[str, Any]]:
        if seed is not None:
            self.np_random = np.random.default_rng(seed)
        self.frames = 0
        self.resets += 1
        return self._get_obs(), {}

    def step(self, action: int) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        assert type(action) is int and 0 <= action < 4
        assert 0 <= self.frames < 200, "over: reset it first"
        self.frames += 1
        return self._get_obs(), 0.0, self.resets < 2 and self.frames == 40, False, {}

    def _get_obs(self) -> Any:
        return np.full((210, 160, 3), self.frames, np.uint8)
