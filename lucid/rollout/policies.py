"""Policies: who plays an episode. It is a function, random actions, or what was recorded."""

from __future__ import annotations

import importlib
import itertools
import math
import sys
import traceback
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from gymnasium import spaces

from lucid.authoring.parameters import rng_seed_input
from lucid.capsule.port import PortFolder
from lucid.capsule.read import read_played
from lucid.capsule.replay import steps
from lucid.capsule.schema import Capsule, Head, PlayedInput
from lucid.errors import PolicyError
from lucid.gym.actions import Actions
from lucid.runtime.stepped_port import Send, Stepped, SteppedPort

HELD_STEPS = 8
"""How long a random action is held: with another one in each step, a player walks nowhere."""

Function = Callable[[np.ndarray, np.random.Generator], Mapping[str, Any]]
"""Returns an action of the action space for a frame, (H, W, 3) uint8 RGB."""


@dataclass(frozen=True)
class Play:
    """An episode that is about to be played."""

    steps: Iterator[tuple[list[PlayedInput], Stepped]]
    """The inputs and the outputs of each step."""
    rng_seed: int | None
    files: Mapping[str, bytes] = field(default_factory=dict)
    """The files of its inputs, by SHA-256."""
    frames: float = math.inf
    """How many frames it has at most."""


Policy = Callable[[SteppedPort, int], Play]
"""Begins an episode with an rng seed."""


def find_policy(text: str) -> Policy:
    """Return the policy for ``random``, a ``.lucid`` file, an inputs log or ``module:function``.

    Raises:
        PolicyError: there is no such policy, or it cannot be imported.
        CapsuleError: the file cannot be read.
    """
    if text == "random":
        return lambda port, seed: _play(port, _random(Actions(port.manifest).space), seed)
    path = Path(text)
    if path.is_file():
        played = read_played(path)
        return lambda port, seed: _replay(port, played, seed)
    function = _import(text)
    return lambda port, seed: _play(port, function, seed)


def head_of(port: SteppedPort, rng_seed: int | None, frames: int) -> Head:
    """Return the head of a capsule for an episode of a port."""
    played = PortFolder(port.location.root).played(port.manifest)
    return Head(
        lucid_version=version("lucid-runtime"), port=played, rng_seed=rng_seed, frames=frames
    )


def _replay(port: SteppedPort, played: Capsule | tuple[PlayedInput, ...], rng_seed: int) -> Play:
    if isinstance(played, Capsule):
        head = played.head
        return Play(steps(played, port), head.rng_seed, played.files, head.frames)
    capsule = Capsule(head_of(port, rng_seed, 0), played, {}, {})
    return Play(steps(capsule, port), rng_seed)


def _play(port: SteppedPort, function: Function, rng_seed: int) -> Play:
    return Play(_steps(port, function, rng_seed), rng_seed)


def _steps(
    port: SteppedPort, function: Function, rng_seed: int
) -> Iterator[tuple[list[PlayedInput], Stepped]]:
    rng, actions, session = np.random.default_rng(rng_seed), Actions(port.manifest), port.session()
    found = rng_seed_input(port.manifest)
    sends: list[Send] = [(found[0].name, {found[1]: rng_seed})] if found else []
    stepped = session.begin(sends, rng_seed)
    for step in itertools.count():
        yield [PlayedInput(step=step, name=name, args=dict(args)) for name, args in sends], stepped
        if stepped.over:
            return
        frame = stepped.frames[port.video.name][-1]
        sends = actions.sends(_action(function, frame, rng, actions.space))
        stepped = session.step(sends)


def _random(space: spaces.Dict) -> Function:
    action: dict[str, Any] = {}
    count = 0

    def sample(frame: np.ndarray, rng: np.random.Generator) -> Mapping[str, Any]:
        nonlocal action, count
        if count % HELD_STEPS == 0:
            space.seed(int(rng.integers(2**31)))
            action = space.sample()
        count += 1
        return action

    return sample


def _action(
    function: Function, frame: np.ndarray, rng: np.random.Generator, space: spaces.Dict
) -> Mapping[str, Any]:
    try:
        action = function(frame, rng)
    except Exception as error:
        raise PolicyError(f"the policy raised {_where(error)}") from error
    with warnings.catch_warnings(action="ignore"):  # Gymnasium's, about numbers that are no arrays
        is_action = space.contains(action)
    if not is_action:
        named = ", ".join(f"{name}: {entry}" for name, entry in space.items())
        raise PolicyError(
            f"the policy returned {action!r:.200}, which is no action of this port",
            hint=f"return a dict with the entries {named}",
        )
    return action


def _import(text: str) -> Function:
    module, _, name = text.partition(":")
    if not name.isidentifier() or not all(part.isidentifier() for part in module.split(".")):
        raise PolicyError(
            f"there is no policy {text!r}",
            hint="pass random, a .lucid file, an inputs log, or module:function",
        )
    sys.path.insert(0, str(Path.cwd()))
    try:
        function = getattr(importlib.import_module(module), name)
    except Exception as error:
        raise PolicyError(
            f"the policy {text} cannot be imported: {_where(error)}",
            hint="name a function of a module in this folder or of an installed package",
        ) from error
    if not callable(function):
        raise PolicyError(f"the policy {text} is no function")
    found: Function = function
    return found


def _where(error: Exception) -> str:
    """Return an error with the line of the user's code that raised it, if there is one."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    if last.filename.startswith("<"):  # Python's own import
        return f"{type(error).__name__}: {error}"
    return f"{type(error).__name__}: {error} ({last.filename}, line {last.lineno})"
