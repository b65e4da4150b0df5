"""As gymnasium 1.4, envs/registration.py: a game is known once its package is imported."""

import sys
from typing import Any


def register_envs(env_module: Any) -> None:
    assert env_module.__name__ in sys.modules


def make(
    id: str,
    max_episode_steps: int | None = None,
    disable_env_checker: bool | None = None,
    **kwargs: Any,
) -> Any:
    assert "ale_py" in sys.modules, f"Environment `{id}` doesn't exist"
    from ale_py.env import AtariEnv

    return AtariEnv(id, **kwargs)
