"""WorldVectorEnv: several sessions of a port as one Gymnasium environment."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
from gymnasium.vector import AutoresetMode, VectorEnv
from gymnasium.vector.utils import batch_space, iterate

from lucid._target import find_port
from lucid.errors import InputError
from lucid.gym.env import frame_space
from lucid.gym.episode import Episode, Outcome, Reward, check_positive
from lucid.runtime.stepped_port import SteppedPort


def make_vec(
    port: str | Path | None = None,
    num_envs: int = 1,
    *,
    stub: bool = False,
    reward: Reward | None = None,
    max_steps: int | None = None,
) -> WorldVectorEnv:
    """Load a port, and return ``num_envs`` of its sessions as a Gymnasium vector environment.

    A loaded model has ``max_sessions`` sessions, as the port declares. For more sessions, Lucid
    loads the model again, in a further process. All processes step at the same time. The other
    arguments, and what it raises, are those of ``lucid.gym.make``.
    """
    check_positive(num_envs=num_envs, max_steps=max_steps)
    location = find_port(None if port is None else str(port), Path.cwd())
    first = SteppedPort(location, stub=stub)
    more = math.ceil(num_envs / first.manifest.model.max_sessions) - 1
    with ThreadPoolExecutor() as pool:
        loading = [pool.submit(SteppedPort, location, stub=stub) for _ in range(more)]
    errors = [error for each in loading if (error := each.exception()) is not None]
    ports = [first, *(each.result() for each in loading if each.exception() is None)]
    if errors:
        for loaded in ports:
            loaded.close()
        raise errors[0]
    return WorldVectorEnv(ports, num_envs, reward, max_steps)


class WorldVectorEnv(VectorEnv[np.ndarray, dict[str, Any], np.ndarray]):
    """Sessions of a port, each as in ``WorldEnv``.

    A session whose episode is over starts the next one at the following step, and then ignores its
    action (``AutoresetMode.NEXT_STEP``). If one session fails, ``step`` raises its error.
    """

    def __init__(
        self,
        ports: Sequence[SteppedPort],
        num_envs: int,
        reward: Reward | None,
        max_steps: int | None,
    ) -> None:
        """See ``make_vec``, which loads the ports. The environment closes them."""
        self._ports = ports
        first = ports[0]
        per_port = first.manifest.model.max_sessions
        self._episodes = [
            Episode(ports[index // per_port], index % per_port, reward, max_steps)
            for index in range(num_envs)
        ]
        self._rngs = [np.random.default_rng() for _ in range(num_envs)]
        self._over = np.zeros(num_envs, np.bool_)
        self.num_envs = num_envs
        self.metadata = {
            "render_modes": [],
            "render_fps": first.video.fps or 30,
            "autoreset_mode": AutoresetMode.NEXT_STEP,
        }
        self.single_observation_space = frame_space(first)
        self.single_action_space = self._episodes[0].actions.space
        self.observation_space = batch_space(self.single_observation_space, num_envs)
        self.action_space = batch_space(self.single_action_space, num_envs)

    def reset(
        self,
        *,
        seed: int | Sequence[int | None] | None = None,
        options: dict[str, Any] | None = None,
    ) -> tuple[np.ndarray, dict[str, Any]]:
        """Start all episodes; an integer ``seed`` means ``seed``, ``seed + 1`` and so on.

        ``options`` are those of ``WorldEnv.reset``, for every session. Raises what it raises.
        """
        seeds = [seed + n for n in range(self.num_envs)] if isinstance(seed, int) else seed
        if seeds is not None and len(seeds) != self.num_envs:
            raise InputError(
                f"there are {len(seeds)} seeds for {self.num_envs} sessions",
                hint="pass one seed per session, or an integer",
            )
        for index, each in enumerate(seeds or [None] * self.num_envs):
            if each is not None:
                self._rngs[index] = np.random.default_rng(each)
            self._episodes[index].send_reset(each, self._rngs[index], options)
        frames, _, _, _, infos = self._results()
        return frames, infos

    def step(
        self, actions: dict[str, Any]
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, dict[str, Any]]:
        """Make a step in every session; return the batched results."""
        if not isinstance(actions, Mapping):
            raise InputError(
                f"the actions are {type(actions).__name__}, not a dict",
                hint="env.action_space.sample() returns actions",
            )
        for index, action in enumerate(iterate(self.action_space, actions)):
            episode = self._episodes[index]
            if self._over[index]:
                episode.send_reset(None, self._rngs[index], None)
            else:
                episode.send_step(action)
        return self._results()

    def close_extras(self, **kwargs: Any) -> None:
        """End the processes."""
        for port in self._ports:
            port.close()

    def _results(self) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, dict[str, Any]]:
        results: list[Outcome] = [episode.result() for episode in self._episodes]
        infos: dict[str, Any] = {}
        for index, result in enumerate(results):
            infos = self._add_info(infos, result[4], index)
        terminated, truncated = (
            np.array([result[part] for result in results], np.bool_) for part in (2, 3)
        )
        self._over = terminated | truncated
        rewards = np.array([result[1] for result in results], np.float64)
        return np.stack([result[0] for result in results]), rewards, terminated, truncated, infos
