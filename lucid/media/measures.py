"""Measure how similar two pictures are."""

from __future__ import annotations

import numpy as np


def psnr_db(one: np.ndarray, other: np.ndarray, peak: float = 255.0) -> float:
    """Return the peak signal-to-noise ratio of two arrays of pixels; inf if they are equal."""
    error = float(np.square(one.astype(np.float32) - other.astype(np.float32)).mean())
    return float("inf") if error == 0 else 10 * float(np.log10(peak**2 / error))
