"""A look at some of the frames of an output: are their values what was declared?"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from lucid.authoring.outputs import VideoOutput
from lucid.errors import FrameValueError

LOOK_EVERY = 32
"""Frames from one look to the next: a look reads every pixel."""
MOST_OUTSIDE = 3
"""Looks in a row at values outside of the range; a decoder may overshoot once in a while."""
MARGIN = 0.25
"""How far values may be outside, in widths of the range: they are clipped."""

Extremes = Callable[[], tuple[float, float]]
"""Waits for the least and the greatest value of a frame; NaN if any value is NaN."""


class FrameWatch:
    """Looks at the values of one output's float frames, and finds what to tell once."""

    def __init__(self, output: VideoOutput) -> None:
        self._output = output
        self._low = 0.0 if output.pixel_range == "[0,1]" else -1.0
        self._outside = 0
        self._done = output.pixel_range == "uint8"

    def look(self, index: int, frame: Any) -> Extremes | None:
        """Start to look at a frame, on its own device; None if it is not its turn.

        The frame may change as soon as this returns.
        """
        if self._done or index % LOOK_EVERY:
            return None
        if isinstance(frame, np.ndarray):
            found = float(frame.min()), float(frame.max())
            return lambda: found
        from lucid.media import tensors

        return tensors.extremes(frame)

    def judge(self, extremes: Extremes) -> FrameValueError | None:
        """What is wrong with the frame that was looked at; at most one error per watch."""
        error = self._error(*extremes())
        self._done = self._done or error is not None
        return error

    def _error(self, least: float, most: float) -> FrameValueError | None:
        name, declared = self._output.name, self._output.pixel_range
        if math.isnan(least) or math.isnan(most):
            return FrameValueError(
                f"{name} has NaN in place of pixels: they play as black or green",
                hint="often float16 overflows: try bfloat16, or decode in float32",
            )
        if math.isinf(least) or math.isinf(most):
            return FrameValueError(
                f"{name} has infinite values in place of pixels",
                hint="often float16 overflows: try bfloat16, or decode in float32",
            )
        room = MARGIN * (1.0 - self._low)
        inside = self._low - room <= least and most <= 1.0 + room
        self._outside = 0 if inside else self._outside + 1
        if self._outside < MOST_OUTSIDE:
            return None
        fits = most <= 1.0 + 2 * MARGIN and least >= -1.0 - 2 * MARGIN
        other = 'declare pixel_range="[-1,1]"' if fits else "scale the frames to that range"
        return FrameValueError(
            f"{name} has values from {least:.3g} to {most:.3g}, and {declared} is declared: what "
            "is outside is clipped",
            hint=f"{other}, or clamp them if that is meant",
        )
