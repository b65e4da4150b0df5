"""As eloialonso/diamond at 5bcd159, src/envs/atari_preprocessing.py: small square frames."""

from typing import Any

import gymnasium as gym


class AtariPreprocessing(gym.Wrapper, gym.utils.RecordConstructorArgs):
    def __init__(self, env: Any, noop_max: int, frame_skip: int, screen_size: int) -> None:
        gym.Wrapper.__init__(self, env)
        assert screen_size > 0 and noop_max >= 0
        if frame_skip > 1 and env.unwrapped._frameskip != 1:
            raise ValueError("more than one frame-skip")
        assert env.unwrapped.get_action_meanings()[0] == "NOOP"
        self.screen_size, self.noop_max = screen_size, noop_max

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Any, dict[str, Any]]:
        frame, info = self.env.reset(seed=seed)
        for _ in range(int(self.env.unwrapped.np_random.integers(1, self.noop_max + 1))):
            frame, *_ = self.env.step(0)
        return frame[: self.screen_size, : self.screen_size], info

    def step(self, action: int) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        frame, reward, terminated, truncated, info = self.env.step(action)
        small = frame[: self.screen_size, : self.screen_size]
        return small, reward, terminated, truncated, info
