"""A still picture as the clip that a model starts from."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

_AXES = {"THWC": (0, 1, 2, 3), "TCHW": (0, 3, 1, 2), "CTHW": (3, 0, 1, 2)}


def seed_clip(
    frame: NDArray[np.uint8],
    frames: int = 1,
    *,
    axes: Literal["THWC", "TCHW", "CTHW"] = "THWC",
    pixel_range: Literal["uint8", "[0,1]", "[-1,1]"] = "uint8",
) -> NDArray[Any]:
    """A (H, W, 3) uint8 picture repeated ``frames`` times, contiguous, in the model's axes and
    range; float32 where it is not uint8.

    Raises:
        ValueError: it is no uint8 picture: fit it with ``InputFile.rgb(size=...)``.
    """
    if frame.dtype != np.uint8 or frame.ndim != 3 or frame.shape[2] != 3:
        raise ValueError(
            f"a seed frame is (height, width, 3) uint8, got {frame.dtype} of shape {frame.shape}"
        )
    clip: NDArray[Any] = np.broadcast_to(frame, (frames, *frame.shape))
    if pixel_range == "[0,1]":
        clip = clip.astype(np.float32) / 255
    elif pixel_range == "[-1,1]":
        clip = clip.astype(np.float32) / 127.5 - 1
    return np.ascontiguousarray(clip.transpose(_AXES[axes]))
