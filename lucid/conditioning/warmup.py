"""The slow first calls, made while the player still sees that the model loads."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import numpy as np


class Engine(Protocol):
    """As much of a port's engine as a warm-up calls."""

    @property
    def reset(self) -> Callable[..., None]:
        """Start a rollout, at a seed frame where one is given."""

    @property
    def step(self) -> Callable[..., Any]:
        """The next frames."""


def warm_up(
    engine: Engine, *action: Any, seed_size: tuple[int, int] | None = None, steps: int = 2
) -> None:
    """Play a rollout with the real shapes, and leave the engine at the start of a new one.

    Call it last in ``load``: graphs and kernels compiled there belong to the thread that plays.
    ``action`` is what a step is given, if anything; ``seed_size`` is (height, width), of a grey
    seed frame. Two steps, since the second has other shapes where a chunk or a cache grows.
    """
    if seed_size is None:
        engine.reset()
    else:
        engine.reset(np.full((*seed_size, 3), 128, np.uint8))
    for _ in range(steps):
        engine.step(*action)
    engine.reset()
