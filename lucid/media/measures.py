"""Measure pictures: how similar two are, how sharp one is, and which way a picture moves.

A picture is (H, W, 3) RGB, as uint8 or as floats with the same range.
"""

from __future__ import annotations

import io
from collections.abc import Sequence

import numpy as np

WINDOW = 7
"""Pixels of the squares that SSIM compares."""
MOTION_WIDTH = 256
"""Pictures are scaled to about this width before their motion is measured."""


def psnr_db(one: np.ndarray, other: np.ndarray, peak: float = 255.0) -> float:
    """Return the peak signal-to-noise ratio of two arrays of pixels; inf if they are equal."""
    error = float(np.square(one.astype(np.float32) - other.astype(np.float32)).mean())
    return float("inf") if error == 0 else 10 * float(np.log10(peak**2 / error))


def ssim(one: np.ndarray, other: np.ndarray) -> float:
    """Return the structural similarity of the brightness of two pictures, at most 1."""
    a, b = grey(one), grey(other)
    mean_a, mean_b = _blurred(a), _blurred(b)
    unbiased = WINDOW**2 / (WINDOW**2 - 1)
    var_a = unbiased * (_blurred(a * a) - mean_a**2)
    var_b = unbiased * (_blurred(b * b) - mean_b**2)
    both = unbiased * (_blurred(a * b) - mean_a * mean_b)
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    alike = (2 * mean_a * mean_b + c1) * (2 * both + c2)
    return float((alike / ((mean_a**2 + mean_b**2 + c1) * (var_a + var_b + c2))).mean())


def sharpness(pictures: np.ndarray) -> np.ndarray:
    """Return the mean absolute difference of neighbours, across plus down, of (..., H, W, 3)."""
    values, inside = pictures.astype(np.float32), (-3, -2, -1)
    down, across = (np.abs(np.diff(values, axis=axis)).mean(inside) for axis in (-3, -2))
    return np.asarray(down + across)


def statistics(picture: np.ndarray) -> np.ndarray:
    """Return the sharpness, and the mean and the deviation of each colour (7,)."""
    values = picture.astype(np.float32)
    return np.array([sharpness(values), *values.mean((0, 1)), *values.std((0, 1))])


def motion(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """Return how far the picture moved to the right and down, and how much it grew, in pixels (3,).

    The shift of each quarter is where its phase correlation is highest. Their mean is the motion of
    the picture. It grows by as many pixels as the quarters move away from its middle.
    """
    step = max(1, round(before.shape[1] / MOTION_WIDTH))
    a, b = (grey(each[::step, ::step]) for each in (before, after))
    shifts = np.array(
        [[_shift(p, q) for p, q in zip(_halves(x, 1), _halves(y, 1), strict=True)]
         for x, y in zip(_halves(a, 0), _halves(b, 0), strict=True)]
    )  # fmt: skip
    dx, dy = shifts.mean((0, 1))
    growth = (np.diff(shifts[..., 0], axis=1).mean() + np.diff(shifts[..., 1], axis=0).mean()) / 4
    return np.asarray(step * np.array([dx, dy, growth]))


def picture_sheet(rows: Sequence[Sequence[np.ndarray]]) -> bytes:
    """Return rows of uint8 pictures, each as wide as the others, as one PNG file."""
    from PIL import Image

    file = io.BytesIO()
    whole = np.concatenate([np.concatenate(row, axis=1) for row in rows])
    Image.fromarray(whole).save(file, "PNG", optimize=True)
    return file.getvalue()


def grey(picture: np.ndarray) -> np.ndarray:
    """Return the brightness of a picture (H, W)."""
    weights = np.array([0.299, 0.587, 0.114], np.float32)
    return np.asarray(np.dot(picture.astype(np.float32), weights))


def _blurred(values: np.ndarray) -> np.ndarray:
    """Return the mean of each square of WINDOW pixels that fits into the picture."""
    sums = np.pad(values.astype(np.float64).cumsum(0).cumsum(1), ((1, 0), (1, 0)))
    w = WINDOW
    return np.asarray(sums[w:, w:] - sums[:-w, w:] - sums[w:, :-w] + sums[:-w, :-w]) / w**2


def _halves(values: np.ndarray, axis: int) -> list[np.ndarray]:
    middle = values.shape[axis] // 2
    return [values.take(range(middle), axis), values.take(range(middle, 2 * middle), axis)]


def _shift(before: np.ndarray, after: np.ndarray) -> tuple[float, float]:
    """Return by how many pixels a picture (H, W) moved to the right and down."""
    window = np.outer(*(np.hanning(size) for size in before.shape))
    spectrum = np.fft.rfft2((after - after.mean()) * window) * np.conj(
        np.fft.rfft2((before - before.mean()) * window)
    )
    surface = np.fft.irfft2(spectrum / (np.abs(spectrum) + 1e-6), before.shape)
    y, x = np.unravel_index(int(surface.argmax()), surface.shape)
    return _peak(surface[y], int(x)), _peak(surface[:, x], int(y))


def _peak(line: np.ndarray, at: int) -> float:
    """Return the place of the highest value with a fraction, as a distance from the first."""
    left, middle, right = line[at - 1], line[at], line[(at + 1) % len(line)]
    bend = left - 2 * middle + right
    place = at + (0.5 * (left - right) / bend if bend else 0.0)
    return float(place if place <= len(line) / 2 else place - len(line))
