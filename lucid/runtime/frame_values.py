"""FrameValueCheck: checks whether frames have values in the declared range."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from lucid.authoring.outputs import VideoOutput
from lucid.errors import FrameValueError

CHECK_EVERY = 32
"""Frames from one check to the next: a check reads every pixel."""
MAX_OUTSIDE = 3
"""Checks in a row with values outside of the range before they are reported. A decoder may
overshoot now and then."""
MARGIN = 0.25
"""How far outside of the range values may be, in units of its width: they are clipped."""

Extremes = Callable[[], tuple[float, float]]
"""Waits for the minimum and the maximum of a frame, and returns them; NaN if any value is NaN."""


class FrameValueCheck:
    """Checks the values of some float frames of one output, and reports at most one error."""

    def __init__(self, output: VideoOutput) -> None:
        self._output = output
        self._low = 0.0 if output.pixel_range == "[0,1]" else -1.0
        self._outside = 0
        self._done = output.pixel_range == "uint8"

    def measure(self, index: int, frame: Any) -> Extremes | None:
        """Start to measure a frame on its own device; return None if it need not be checked.

        The frame may change as soon as this returns.
        """
        if self._done or index % CHECK_EVERY:
            return None
        if isinstance(frame, np.ndarray):
            extremes = float(frame.min()), float(frame.max())
            return lambda: extremes
        from lucid.media import tensors

        return tensors.extremes(frame)

    def judge(self, extremes: Extremes) -> FrameValueError | None:
        """Return the error of a measured frame, unless an error was returned before."""
        error = self._error(*extremes())
        self._done = self._done or error is not None
        return error

    def _error(self, low: float, high: float) -> FrameValueError | None:
        name, declared = self._output.name, self._output.pixel_range
        overflow_hint = "often float16 overflows: try bfloat16, or decode in float32"
        if math.isnan(low) or math.isnan(high):
            return FrameValueError(
                f"{name} contains NaN values: they play as black or green", hint=overflow_hint
            )
        if math.isinf(low) or math.isinf(high):
            return FrameValueError(f"{name} contains infinite values", hint=overflow_hint)
        margin = MARGIN * (1.0 - self._low)
        is_inside = self._low - margin <= low and high <= 1.0 + margin
        self._outside = 0 if is_inside else self._outside + 1
        if self._outside < MAX_OUTSIDE:
            return None
        fits = high <= 1.0 + 2 * MARGIN and low >= -1.0 - 2 * MARGIN
        fix = 'declare pixel_range="[-1,1]"' if fits else "scale the frames to that range"
        return FrameValueError(
            f"{name} has values from {low:.3g} to {high:.3g}, but the declared range is "
            f"{declared}: values outside of it are clipped",
            hint=f"{fix}, or clamp the values if they are intended",
        )
