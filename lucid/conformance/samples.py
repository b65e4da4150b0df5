"""What the checks keep of a published sample and of a frame, without the pixels."""

from __future__ import annotations

import math
import sys
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lucid.authoring.outputs import AudioOutput, Output, VideoOutput
from lucid.media.i420 import planes
from lucid.runtime.messages import Frame

GRID = 8
"""Rows and columns of a coarse picture."""
SAMPLES = 32
"""Rows and columns of the pixels that a coarse picture is made of, at most."""


@dataclass(frozen=True)
class Sample:
    """One published sample."""

    output: str
    count: int
    """The number of frames, audio samples or bytes."""
    low: float
    high: float
    """``low`` and ``high`` bound a subset of its values. Both are NaN if one is not finite."""
    ts_ms: float | None
    is_float: bool = False


def sample_of(output: Output, sample: Any, ts_ms: float | None) -> Sample:
    """Describe a sample. Never raises, whatever the sample is."""
    if isinstance(output, VideoOutput | AudioOutput):
        shape = tuple(getattr(sample, "shape", ()))
        count = int(shape[0]) if shape else 0
        if isinstance(output, VideoOutput) and len(shape) != 4:
            count = 1
        low, high = _range(sample)
        is_float = "float" in str(getattr(sample, "dtype", ""))
        return Sample(output.name, count, low, high, ts_ms, is_float)
    size = len(sample) if isinstance(sample, bytes | bytearray) else 1
    return Sample(output.name, size, 0.0, 0.0, ts_ms)


def _range(sample: Any) -> tuple[float, float]:
    torch = sys.modules.get("torch")  # without torch, the sample is not a tensor
    if torch is not None and isinstance(sample, torch.Tensor):
        flat = sample.detach().reshape(-1)
        values = flat[:: max(1, flat.numel() // 4096)].float().cpu().numpy()
    elif isinstance(sample, np.ndarray) and sample.size and sample.dtype.kind in "fiub":
        flat = sample.ravel(order="K")  # memory order avoids a copy
        values = flat[:: max(1, flat.size // 4096)]
    else:
        return (0.0, 0.0)
    if values.dtype.kind == "f" and not np.isfinite(values).all():
        return (math.nan, math.nan)
    return (float(values.min()), float(values.max())) if values.size else (0.0, 0.0)


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
