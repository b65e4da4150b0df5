"""Encode held keys as a vector of 0 and 1, which many world models take."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray


def multi_hot(held: Iterable[int], size: int) -> NDArray[np.float32]:
    """Return a float32 vector (size,) with 1 at the index of each held key.

    Raises:
        ValueError: a key is outside 0..size-1. A negative index would silently press another key.
    """
    vector = np.zeros(size, np.float32)
    for key in held:
        if not 0 <= key < size:
            raise ValueError(f"{key!r} is index {int(key)}, outside a vector of {size}")
        vector[key] = 1
    return vector
