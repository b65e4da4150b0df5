"""Track the past that a model with a rolling memory still sees."""

import math
from typing import Generic, TypeVar

Step = TypeVar("Step")


class RollingWindow(Generic[Step]):
    """The steps that a model still sees: the first ``sink`` steps and the latest ones.

    The window has room for ``steps`` steps. If it is full, each new step replaces the oldest step
    that is not in the sink, so a rollout has no end.

    A network with a key-value cache has only ``positions`` positions, one per step. When ``ended``
    is True, clear the cache and pass the steps that ``restart`` returns through the network again.
    Do the same after a new prompt if the keys depend on the prompt.
    """

    def __init__(self, steps: int, *, sink: int, positions: float = math.inf) -> None:
        if not 0 <= sink < steps < positions:
            raise ValueError(
                f"a window of {steps} steps with a sink of {sink} and {positions} positions does "
                "not work: 0 <= sink < steps < positions is needed"
            )
        self._steps, self._sink, self._positions = steps, sink, positions
        self.reset()

    def reset(self) -> None:
        """Forget all steps."""
        self._kept: list[Step] = []
        self._position = 0

    def add(self, step: Step) -> None:
        """Keep a step, so that it can pass through the network again. Call this once per step."""
        if len(self._kept) == self._steps:
            del self._kept[self._sink]
        self._kept.append(step)
        self._position += 1

    def restart(self) -> list[Step]:
        """Return the kept steps, the oldest first, and forget them. Then ``add`` each one again."""
        kept = self._kept
        self.reset()
        return kept

    @property
    def kept(self) -> list[Step]:
        """The steps that the model sees, the oldest first."""
        return list(self._kept)

    @property
    def position(self) -> int:
        """The position of the next step."""
        return self._position

    @property
    def ended(self) -> bool:
        """Whether the network has no position for another step."""
        return self._position >= self._positions


def frames_of_latents(latents: int, *, first: bool, frames_per_latent: int = 4) -> int:
    """Return the number of frames in a chunk of latents.

    Each latent decodes to ``frames_per_latent`` frames, except the first latent of a rollout, which
    decodes to one frame. ``first`` says whether the chunk starts the rollout.
    """
    return latents * frames_per_latent - (frames_per_latent - 1 if first else 0)
