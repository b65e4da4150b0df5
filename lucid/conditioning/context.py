"""A rollout has an end where the model's context has one."""

from __future__ import annotations


class Context:
    """Counts what fills a model's context, so that a port starts again before it is full.

    Past the end a model fails or its picture falls apart: at ``ended``, keep the last frame,
    reset everything, seed with that frame and go on.
    """

    def __init__(self, steps: int) -> None:
        if steps < 1:
            raise ValueError(f"a context of {steps} steps holds nothing")
        self._steps = steps
        self._filled = 0

    def fill(self, steps: int = 1) -> None:
        """Count a step, or a seed that takes as much room."""
        self._filled += steps

    def reset(self) -> None:
        """Empty again."""
        self._filled = 0

    @property
    def ended(self) -> bool:
        """Whether not one step more fits."""
        return self._filled >= self._steps
