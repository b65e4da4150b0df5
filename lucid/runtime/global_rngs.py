"""The global random generators of a process that plays one port."""

import random
import sys
from typing import Any

import numpy as np


def seed_global_rngs(rng_seed: int) -> None:
    """Seed the global generators, so that a port that uses them plays the same session again."""
    random.seed(rng_seed)
    np.random.seed(rng_seed % 2**32)
    if torch := sys.modules.get("torch"):
        torch.manual_seed(rng_seed)


def global_rngs() -> tuple[Any, ...]:
    """Return the states of the global generators, for ``set_global_rngs`` of this process."""
    states = [random.getstate(), np.random.get_state()]
    if torch := sys.modules.get("torch"):
        devices = torch.cuda.get_rng_state_all() if torch.cuda.is_initialized() else []
        states.append([state.numpy().tobytes() for state in (torch.get_rng_state(), *devices)])
    return tuple(states)


def set_global_rngs(states: tuple[Any, ...]) -> None:
    """Set the states of the global generators."""
    random.setstate(states[0])
    np.random.set_state(states[1])
    if torch := sys.modules.get("torch"):
        cpu, *devices = (torch.tensor(list(state), dtype=torch.uint8) for state in states[2])
        torch.set_rng_state(cpu)
        if devices:
            torch.cuda.set_rng_state_all(devices)
