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
    steps: int | None = None
    """If set, the model knows multiples of 1 / steps only, and a motion is the nearest of them."""

    def __call__(self, dx_px: float, dy_px: float) -> tuple[float, float]:
        """Pixels of one step as a motion (x, y) in the model's unit: +x right, +y down."""
        return self._within(dx_px * self.per_pixel), self._within(dy_px * self.per_pixel)

    def axes(self, motion: tuple[float, float]) -> tuple[float, float]:
        """A motion (x, y) as the model takes it: in its order, with its sign of up."""
        x, y = motion
        y = 0.0 - y if self.up > 0 else y  # never -0.0
        return (x, y) if self.order == "xy" else (y, x)

    def _within(self, value: float) -> float:
        if self.steps is not None:
            value = round(value * self.steps) / self.steps
        return max(-self.limit, min(self.limit, value))


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
        """Return what has summed up, scaled; it counts once.

        If the model knows steps only, what is less than a step stays for later: a slow motion
        would never count otherwise.
        """
        motion = self._scale(self._dx_px, self._dy_px)
        self._dx_px = self._rest(self._dx_px, motion[0])
        self._dy_px = self._rest(self._dy_px, motion[1])
        return motion

    def _rest(self, pixels: float, motion: float) -> float:
        scale = self._scale
        if scale.steps is None:
            return 0.0
        rest_px = pixels - motion / scale.per_pixel
        return rest_px if abs(rest_px * scale.per_pixel * scale.steps) < 1 else 0.0
