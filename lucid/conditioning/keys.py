"""Held keys as the vector of 0 and 1 that many world models take."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray


def multi_hot(held: Iterable[int], size: int) -> NDArray[np.float32]:
    """A vector of ``size`` numbers, 1 at the index of each held key.

    Raises:
        ValueError: a key has no place in it. A wrong index would steer another way, unseen.
    """
    vector = np.zeros(size, np.float32)
    for key in held:
        if not 0 <= key < size:
            raise ValueError(f"{key!r} is index {int(key)} of a vector of {size}")
        vector[key] = 1
    return vector
