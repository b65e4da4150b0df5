"""Ports as Gymnasium environments: train and evaluate agents in a world model.

::

    import lucid.gym

    env = lucid.gym.make("waypoint", reward=my_reward, max_steps=1000)
    frame, info = env.reset(seed=7, options={"prompt": "a frozen cave"})
    frame, reward, terminated, truncated, info = env.step(env.action_space.sample())

Needs ``pip install "lucid-runtime[gym]"``.
"""

from lucid.errors import needs_extra

with needs_extra("gym", "lucid.gym"):
    import gymnasium as _gymnasium  # noqa: F401 - what this package needs

from lucid.gym.env import WorldEnv, make
from lucid.gym.episode import Reward, distance_walked
from lucid.gym.vector import WorldVectorEnv, make_vec

__all__ = ["Reward", "WorldEnv", "WorldVectorEnv", "distance_walked", "make", "make_vec"]
