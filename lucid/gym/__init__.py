"""Ports as Gymnasium environments: train and evaluate agents in a world model.

::

    import lucid.gym

    env = lucid.gym.make("waypoint", reward=my_reward, max_steps=1000)
    frame, info = env.reset(seed=7, options={"prompt": "a frozen cave"})
    frame, reward, terminated, truncated, info = env.step(env.action_space.sample())

Needs ``pip install "lucid-runtime[gym]"``.
"""

from lucid.errors import MachineError

try:
    import gymnasium as _gymnasium  # noqa: F401 - what this package needs
except ModuleNotFoundError as error:
    raise MachineError(
        f"lucid.gym needs {error.name}, which is not installed",
        hint='pip install "lucid-runtime[gym]"',
    ) from None

from lucid.gym.env import WorldEnv, make
from lucid.gym.episode import Reward, distance_walked
from lucid.gym.vector import WorldVectorEnv, make_vec

__all__ = ["Reward", "WorldEnv", "WorldVectorEnv", "distance_walked", "make", "make_vec"]
