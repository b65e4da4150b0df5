"""As gymnasium 1.4."""

from gymnasium import utils
from gymnasium.core import Env, Wrapper
from gymnasium.envs.registration import make, register_envs

__all__ = ["Env", "Wrapper", "make", "register_envs", "utils"]
