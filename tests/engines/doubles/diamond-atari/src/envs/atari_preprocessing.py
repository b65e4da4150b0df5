"""As eloialonso/diamond at 5bcd159, src/envs/atari_preprocessing.py: small square frames."""

from typing import Any


class AtariPreprocessing:
    def __init__(self, env: Any, noop_max: int, frame_skip: int, screen_size: int) -> None:
        assert frame_skip == 4 and env.unwrapped._frameskip == 1, "more than one frame-skip"
        assert env.unwrapped.get_action_meanings()[0] == "NOOP"
        self.env, self.size, self.noop_max = env, screen_size, noop_max

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Any, dict[str, Any]]:
        frame, info = self.env.reset(seed=seed)
        for _ in range(int(self.env.unwrapped.np_random.integers(1, self.noop_max + 1))):
            frame, *_ = self.env.step(0)
        return frame[: self.size, : self.size], info

    def step(self, action: int) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        frame, *rest = self.env.step(action)
        return (frame[: self.size, : self.size], *rest)
