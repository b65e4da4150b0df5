"""Image metrics: similarity to the truth, and sharpness."""

from __future__ import annotations

import torch
from torch import Tensor


def psnr(frames: Tensor, truth: Tensor) -> Tensor:
    """Return the peak signal-to-noise ratio in dB over the last three axes; values in [-1, 1]."""
    return -10 * torch.log10(((frames - truth) / 2).square().mean((-1, -2, -3)) + 1e-8)


def sharpness(frames: Tensor) -> Tensor:
    """Return the mean absolute gradient over the last three axes."""
    right = frames.diff(dim=-1).abs().mean((-1, -2, -3))
    return right + frames.diff(dim=-2).abs().mean((-1, -2, -3))
