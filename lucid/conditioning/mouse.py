"""Pointer motion: summed between steps, drained once a step, in the model's own unit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class MouseScale:
    """How a world model takes the motion of one step."""

    per_pixel: float
    """What one CSS pixel counts."""
    limit: float
    """The largest value of an axis that the model was trained on."""
    order: Literal["xy", "yx"] = "xy"
    """``yx`` where the vertical axis (pitch) comes first."""
    up: Literal[-1, 1] = -1
    """The sign of an upward motion: a page counts y downwards."""

    def __call__(self, dx_px: float, dy_px: float) -> tuple[float, float]:
        """The motion of one step, scaled, within the limit and in the model's order."""
        x = self._within(dx_px * self.per_pixel)
        y = self._within(-self.up * dy_px * self.per_pixel)
        return (x, y) if self.order == "xy" else (y, x)

    def _within(self, value: float) -> float:
        return max(-self.limit, min(self.limit, value)) + 0.0  # never -0.0


class Mouse:
    """The motion of one player since the last step."""

    def __init__(self, scale: MouseScale) -> None:
        self._scale = scale
        self._dx_px = self._dy_px = 0.0

    def move(self, dx_px: float, dy_px: float) -> None:
        """Add a motion in CSS pixels: +x right, +y down."""
        self._dx_px += dx_px
        self._dy_px += dy_px

    def drain(self) -> tuple[float, float]:
        """What has summed up, as the model takes it; it counts once."""
        motion = self._scale(self._dx_px, self._dy_px)
        self._dx_px = self._dy_px = 0.0
        return motion
