"""What the checks keep of a frame: enough to tell two frames apart, without the pixels."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lucid.runtime.messages import Frame


@dataclass(frozen=True)
class FrameFact:
    """One frame, as the checks know it."""

    digest: int
    """Equal for equal pixels. A difference of one byte changes it."""
    spread: int
    """The brightest minus the darkest of a sample of its pixels."""


def fact_of(frame: Frame) -> FrameFact:
    """Return the fact of a frame, in well under a millisecond for 1280 x 720."""
    flat = frame.i420.reshape(-1)
    brightness = flat[: flat.size // 3 * 2]
    sample = brightness[:: max(1, brightness.size // 4096)]
    return FrameFact(digest(flat), int(sample.max()) - int(sample.min()))


def digest(flat: NDArray[np.uint8]) -> int:
    """Return a weighted sum modulo 2**64. Odd weights make every single change visible."""
    whole = flat.size // 8 * 8
    words = flat[:whole].view(np.uint64)
    tail = int.from_bytes(flat[whole:].tobytes(), "little")
    return (int(np.dot(words, _weights(words.size))) + tail * 0x9E3779B97F4A7C15) % 2**64


@cache
def _weights(count: int) -> NDArray[np.uint64]:
    random = np.random.Generator(np.random.PCG64(count))
    weights: NDArray[Any] = random.integers(0, 2**63, count, np.uint64)
    return weights | np.uint64(1)
