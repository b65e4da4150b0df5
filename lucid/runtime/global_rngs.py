"""Seed the global random generators of a process that plays one port."""

import random
import sys

import numpy as np


def seed_global_rngs(rng_seed: int) -> None:
    """Seed the global generators, so that sessions are equal even if a port uses them."""
    random.seed(rng_seed)
    np.random.seed(rng_seed % 2**32)
    if torch := sys.modules.get("torch"):
        torch.manual_seed(rng_seed)
