"""Compare `lucid.gym` with the port alone: `python benchmarks/gym.py [PORT [STEPS [REPEATS]]]`.

PORT is a folder (by default the bundled world). *Bare* is the port's own loop in this process, with
a `publish` that only counts. *Gym* is `env.step` with the same actions: random ones, each for 10
steps. Both alternate, in turns of STEPS steps (100), so that they share the state of the machine.
Prints the median of the steps per second of REPEATS (10) turns, and the median ratio of two
neighbouring turns, as JSON.
"""

from __future__ import annotations

import asyncio
import inspect
import json
import logging
import statistics
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

import lucid.gym
from lucid import LoadContext, LucidModel
from lucid._target import find_port
from lucid.authoring.definition import manifest
from lucid.authoring.outputs import VideoOutput
from lucid.authoring.session import SessionContext
from lucid.gym.actions import Actions
from lucid.runtime.loading import load_model_class

WARM_STEPS = 20
STEPS_PER_ACTION = 10


class Bare(SessionContext):
    """Sends the next action after each frame, until a number of steps is made."""

    session_id = "bare"
    logger = logging.getLogger("bare")

    def __init__(self, model_cls: type[LucidModel[Any]], actions: list[dict[str, Any]]) -> None:
        described = manifest(model_cls)
        self._paced = next(out.name for out in described.outputs if isinstance(out, VideoOutput))
        self._actions, self._todo = Actions(described), iter(actions)
        self.is_over = False
        self.starts_s: list[float] = []

    @property
    def running(self) -> bool:
        """Whether steps are left."""
        return not self.is_over

    async def publish(self, name: str, sample: Any, ts_ms: float | None = None) -> None:
        """Count a frame, and send the inputs of the next step."""
        if name != self._paced:
            return
        self.starts_s.append(time.perf_counter())
        if (action := next(self._todo, None)) is None:
            self.is_over = True
            return
        for spec, args in self._actions.sends(action):
            result = getattr(self.session, spec)(**args)
            if inspect.isawaitable(result):
                await result

    def pause(self) -> None:
        """Do nothing."""

    def resume(self) -> None:
        """Do nothing."""

    def is_paused(self) -> bool:
        """Never."""
        return False

    async def wait_if_paused(self) -> None:
        """Do nothing."""

    def record_inference_ms(self, ms: float) -> None:
        """Do nothing."""


async def play_bare(model: LucidModel[Any], actions: list[dict[str, Any]]) -> float:
    """Return steps per second."""
    context = Bare(type(model), actions)
    context.session = model.create_session(context)
    await context.session.run()
    if inspect.isawaitable(closed := context.session.close()):
        await closed
    times_s = context.starts_s[WARM_STEPS:]
    return (len(times_s) - 1) / (times_s[-1] - times_s[0])


def play_gym(env: lucid.gym.WorldEnv, actions: list[dict[str, Any]]) -> float:
    """Return steps per second."""
    env.reset(seed=0)
    for action in actions[:WARM_STEPS]:
        env.step(action)
    start_s = time.perf_counter()
    for action in actions[WARM_STEPS:]:
        env.step(action)
    return (len(actions) - WARM_STEPS) / (time.perf_counter() - start_s)


async def load(model: LucidModel[Any]) -> None:
    """Load a model."""
    result = model.load(LoadContext(logging.getLogger("bare"), lambda stage, fraction: None))
    if inspect.isawaitable(result):
        await result


def main() -> None:
    """Measure, and print the figures."""
    target = sys.argv[1] if len(sys.argv) > 1 else None
    steps = int(sys.argv[2]) if len(sys.argv) > 2 else 100
    repeats = int(sys.argv[3]) if len(sys.argv) > 3 else 10
    env = lucid.gym.make(target)
    env.action_space.seed(0)
    sampled = [env.action_space.sample() for _ in range(0, steps + WARM_STEPS, STEPS_PER_ACTION)]
    actions = [action for action in sampled for _ in range(STEPS_PER_ACTION)]
    bare, gym = [], []
    with asyncio.Runner() as runner:
        model = load_model_class(find_port(target, Path.cwd()))()
        runner.run(load(model))
        for _ in range(repeats):
            bare.append(runner.run(play_bare(model, actions)))
            gym.append(play_gym(env, actions))
    env.close()
    ratios = [after / before for before, after in zip(bare, gym, strict=True)]
    figures = {
        "bare_steps_per_s": round(statistics.median(bare), 1),
        "gym_steps_per_s": round(statistics.median(gym), 1),
        "ratio": round(statistics.median(ratios), 3),
        "ratios_p10_p90": [round(float(np.percentile(ratios, q)), 3) for q in (10, 90)],
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
