"""Give a sequence of random numbers of its own to upstream code that takes no generator."""

import random
from typing import Any

import numpy as np


class ForkedRng:
    """A rollout's own state of the global generators of random, numpy and torch.

    Inside ``with rng:``, the generators continue the rollout's sequence. Afterwards they have their
    previous state. So upstream code that calls ``torch.randn()`` affects no other code, and the
    same start and actions give the same frames.
    """

    def __init__(self, torch: Any, rng_seed: int = 0) -> None:
        self._torch = torch
        self._rng_seed = rng_seed
        self._inside: dict[str, Any] | None = None
        self._outside: dict[str, Any] = {}

    def reset(self) -> None:
        """Start the sequence again. Call this at each reset of the engine."""
        self._inside = None

    def __enter__(self) -> None:
        self._outside = self._read()
        if self._inside is not None:
            self._write(self._inside)
            return
        random.seed(self._rng_seed)
        np.random.seed(self._rng_seed)
        self._torch.manual_seed(self._rng_seed)

    def __exit__(self, *error: object) -> None:
        self._inside = self._read()
        self._write(self._outside)

    def _read(self) -> dict[str, Any]:
        torch = self._torch
        states = {
            "random": random.getstate(),
            "numpy": np.random.get_state(),
            "torch": torch.get_rng_state(),
        }
        if torch.cuda.is_available():
            states["cuda"] = torch.cuda.get_rng_state()
        return states

    def _write(self, states: dict[str, Any]) -> None:
        random.setstate(states["random"])
        np.random.set_state(states["numpy"])
        self._torch.set_rng_state(states["torch"])
        if "cuda" in states:
            self._torch.cuda.set_rng_state(states["cuda"])
