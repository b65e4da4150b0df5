"""Policies for the tests, good and bad."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np


def walk(frame: np.ndarray, rng: np.random.Generator) -> Mapping[str, Any]:
    """Walk in three steps of four."""
    return {"right": int(rng.random() < 0.75)}


def fall(frame: np.ndarray, rng: np.random.Generator) -> Mapping[str, Any]:
    raise ValueError("the policy fell")


def shrug(frame: np.ndarray, rng: np.random.Generator) -> Mapping[str, Any]:
    return {"right": "perhaps"}


NUMBER = 3
