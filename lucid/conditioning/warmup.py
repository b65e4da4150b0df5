"""Make the slow first calls of a model while it loads, before a player starts."""

from collections.abc import Callable
from typing import Any, Protocol

import numpy as np


class Engine(Protocol):
    """The methods of a port's engine that a warm-up calls."""

    @property
    def reset(self) -> Callable[..., None]:
        """Start a rollout, optionally at a seed frame."""

    @property
    def step(self) -> Callable[..., Any]:
        """Return the next frames."""


def warm_up(
    engine: Engine, *action: Any, seed_size: tuple[int, int] | None = None, steps: int = 2
) -> None:
    """Run a rollout with the real shapes, then reset the engine.

    Call this at the end of ``load``, which runs on the thread that later plays: compiled graphs and
    kernels belong to that thread. ``action`` is passed to each step. ``seed_size`` (height, width)
    adds a grey seed frame. The default is two steps, because the second step may have other shapes
    when a chunk or a cache grows.
    """
    if seed_size is None:
        engine.reset()
    else:
        engine.reset(np.full((*seed_size, 3), 128, np.uint8))
    for _ in range(steps):
        engine.step(*action)
    engine.reset()
