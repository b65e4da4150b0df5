"""Episode: one session of a port, as Gymnasium's observations, rewards and ends."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from gymnasium.error import ResetNeeded

from lucid.authoring.parameters import picture_input, prompt_input, rng_seed_input
from lucid.errors import InputError, SessionError
from lucid.gym.actions import Actions
from lucid.runtime.input_files import input_file
from lucid.runtime.stepped_port import Send, SteppedPort

Reward = Callable[[np.ndarray, Mapping[str, Any], Mapping[str, Any]], float]
"""Returns the reward of a step from the frame that it made, (H, W, 3) uint8 RGB, the action, and
the step's ``info``."""
Outcome = tuple[np.ndarray, float, bool, bool, dict[str, Any]]
"""Observation, reward, terminated, truncated and info."""

OPTIONS = ("prompt", "image", "inputs")


def distance_walked(
    observation: np.ndarray, action: Mapping[str, Any], info: Mapping[str, Any]
) -> float:
    """Return how many metres the player of the bundled world walked in this step: a Reward."""
    return float(info["walked"]["step_m"])


def check_positive(**counts: int | None) -> None:
    """Refuse a count below 1.

    Raises:
        InputError: it names the argument.
    """
    for name, count in counts.items():
        if count is not None and count < 1:
            raise InputError(f"{name} is {count}", hint="pass 1 or more")


class Episode:
    """The episodes of one session, one after the other. Each request has one result."""

    def __init__(
        self, port: SteppedPort, number: int, reward: Reward | None, max_steps: int | None
    ) -> None:
        self._port = port
        self._session = port.session(number)
        self.actions = Actions(port.manifest)
        self._reward, self._max_steps = reward, max_steps
        self._action: Mapping[str, Any] | None = None
        self._steps = 0
        self._begun = False

    def send_reset(
        self, seed: int | None, rng: np.random.Generator, options: Mapping[str, Any] | None
    ) -> None:
        """Start a new session. Without a seed, ``rng`` chooses the rng seed.

        Raises:
            InputError: the port has no such input, or an option does not fit it.
        """
        self.actions.reset()
        self._action, self._steps = None, 0
        rng_seed = int(rng.integers(self._max_seed())) if seed is None else seed
        self._begun = True
        self._session.send_begin(self._first_sends(rng_seed, options or {}), rng_seed)

    def send_step(self, action: Mapping[str, Any]) -> None:
        """Make a step with an action of the action space.

        Raises:
            ResetNeeded: no episode has begun.
        """
        if not self._begun:
            raise ResetNeeded("call reset() before step()")
        self._action = action
        self._session.send_step(self.actions.sends(action))

    def result(self) -> Outcome:
        """Wait for the result of the last request.

        Raises:
            LucidError: the port raised, refused an input, or its process died.
        """
        stepped = self._session.receive()
        if frames := stepped.frames.get(self._port.video.name):
            self.frame = frames[-1]
        elif self._action is None:
            raise SessionError(
                "the port's run() returned before its first frame",
                hint="run `lucid check PORT --conformance`",
            )
        else:  # run() returned without a further frame
            self.frame = self.frame.copy()
        info: dict[str, Any] = stepped.values
        if self._action is None:
            return self.frame, 0.0, stepped.over, False, info
        self._steps += 1
        reward = float(self._reward(self.frame, self._action, info)) if self._reward else 0.0
        is_last = self._steps == self._max_steps
        return self.frame, reward, stepped.over, is_last and not stepped.over, info

    def _max_seed(self) -> int:
        found = rng_seed_input(self._port.manifest)
        highest = found[0].arguments["properties"][found[1]].get("maximum") if found else None
        return min(2**31 - 1, int(highest or 2**31 - 1))

    def _first_sends(self, rng_seed: int, options: Mapping[str, Any]) -> list[Send]:
        manifest, sends = self._port.manifest, list[Send]()
        if found := rng_seed_input(manifest):
            sends.append((found[0].name, {found[1]: rng_seed}))
        for name, args in options.get("inputs", {}).items():
            if not isinstance(args, Mapping):
                raise InputError(
                    f"the arguments of {name} are {args!r}", hint="pass {argument: value}"
                )
            sends.append((name, args))
        for name, find in (("image", picture_input), ("prompt", prompt_input)):
            if name not in options:
                continue
            if (found := find(manifest)) is None:
                raise InputError(f"{manifest.model.name} takes no {name}", hint="leave it out")
            spec, parameter = found
            value = options[name]
            file = input_file(spec, parameter, value) if name == "image" else value
            sends.append((spec.name, {parameter: file}))
        if unknown := set(options) - {*OPTIONS}:
            raise InputError(
                f"reset() has no option {', '.join(map(repr, sorted(unknown)))}",
                hint=f"its options are {', '.join(OPTIONS)}",
            )
        return sends
