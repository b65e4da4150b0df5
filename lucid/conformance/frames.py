"""What the checks keep of a frame: enough to tell two frames apart, without the pixels."""

from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lucid.media.i420 import planes
from lucid.runtime.messages import Frame

GRID = 8
"""Rows and columns of a coarse picture."""
SAMPLES = 32
"""Rows and columns of the pixels that a coarse picture is made of, at most."""


@dataclass(frozen=True)
class FrameFact:
    """One frame, as the checks know it."""

    digest: int
    """Equal for equal pixels. A difference of one byte changes it."""
    spread: int
    """The brightest minus the darkest of a sample of its pixels."""
    coarse: NDArray[np.float32] = field(compare=False, repr=False)
    """(GRID, GRID, 3), 0..255: its Y, U and V, averaged over the cells of a grid."""


def fact_of(frame: Frame) -> FrameFact:
    """Return the fact of a frame."""
    i420 = frame.i420
    flat = i420.reshape(-1)
    coarse = np.stack([averaged(plane) for plane in planes(i420)], -1)
    brightness = flat[: flat.size // 3 * 2]
    sample = brightness[:: max(1, brightness.size // 4096)]
    return FrameFact(digest(flat), int(sample.max()) - int(sample.min()), coarse)


def averaged(plane: NDArray[Any]) -> NDArray[np.float32]:
    """Return the means of the cells of a grid over a plane (H, W): (GRID, GRID)."""
    rows, columns = (_sampled(size) for size in plane.shape)
    pixels = plane[np.ix_(rows.reshape(-1), columns.reshape(-1))].astype(np.float32)
    means: NDArray[np.float32] = pixels.reshape(*rows.shape, *columns.shape).mean((1, 3))
    return means


@cache
def _sampled(size: int) -> NDArray[np.intp]:
    """Return the places of the pixels of each cell along one side: (GRID, pixels per cell)."""
    per_cell = max(1, min(size, SAMPLES) // GRID)
    centres = (np.arange(GRID * per_cell) + 0.5) * size / (GRID * per_cell)
    return centres.astype(np.intp).reshape(GRID, per_cell)


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
