"""As gymnasium 1.4, core.py: a game, and what is put around it."""

from typing import Any


class Env:
    np_random: Any

    @property
    def unwrapped(self) -> Any:
        return self


class Wrapper(Env):
    def __init__(self, env: Any) -> None:
        self.env = env

    @property
    def unwrapped(self) -> Any:
        return self.env.unwrapped
