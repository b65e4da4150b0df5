"""The slow first calls, made while the player still sees that the model loads."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray


class Engine(Protocol):
    """As much of a port's engine as a warm-up calls."""

    def reset(self, seed_frame: NDArray[np.uint8] | None = None) -> None:
        """Start a rollout."""

    def step(self, action: Any) -> Any:
        """The next frames."""


def warm_up(
    engine: Engine, action: Any, *, seed_size: tuple[int, int] | None = None, steps: int = 2
) -> None:
    """Play a rollout with the real shapes, and leave the engine at the start of a new one.

    Call it last in ``load``: graphs and kernels compiled there belong to the thread that plays.
    ``seed_size`` is (height, width), of a grey seed frame. Two steps, since the second one has
    other shapes than the first where a chunk or a cache grows.
    """
    seed_frame = None if seed_size is None else np.full((*seed_size, 3), 128, np.uint8)
    engine.reset(seed_frame)
    for _ in range(steps):
        engine.step(action)
    engine.reset()
