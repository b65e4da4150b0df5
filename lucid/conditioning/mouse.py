"""Sum pointer motion between steps and scale it to the unit of a model."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class MouseScale:
    """The unit, range, order and sign of pointer motion that a world model expects."""

    per_pixel: float
    """The model's units per CSS pixel."""
    limit: float
    """The largest absolute value per axis that the model was trained on."""
    order: Literal["xy", "yx"] = "xy"
    """``yx`` if the vertical axis (pitch) comes first."""
    up: Literal[-1, 1] = -1
    """The sign of an upward motion. A page sends -1 for up, because its y axis points down."""
    steps: int | None = None
    """If set, the model only knows multiples of 1 / steps, and a motion is rounded to one."""

    def __call__(self, dx_px: float, dy_px: float) -> tuple[float, float]:
        """Convert pixels to a motion (x, y) in the model's unit: +x right, +y down."""
        return self._within(dx_px * self.per_pixel), self._within(dy_px * self.per_pixel)

    def axes(self, motion: tuple[float, float]) -> tuple[float, float]:
        """Return a motion (x, y) in the model's order and with its sign for up."""
        x, y = motion
        y = 0.0 - y if self.up > 0 else y  # never -0.0
        return (x, y) if self.order == "xy" else (y, x)

    def _within(self, value: float) -> float:
        if self.steps is not None:
            value = round(value * self.steps) / self.steps
        return max(-self.limit, min(self.limit, value))


class Mouse:
    """The pointer motion of one player since the last step."""

    def __init__(self, scale: MouseScale) -> None:
        self._scale = scale
        self._dx_px = self._dy_px = 0.0

    def move(self, dx_px: float, dy_px: float) -> None:
        """Add a motion in CSS pixels: +x right, +y down."""
        self._dx_px += dx_px
        self._dy_px += dy_px

    def drain(self) -> tuple[float, float]:
        """Return the scaled motion since the last call.

        If ``MouseScale.steps`` is set, a remainder of less than a step is kept for the next call.
        Otherwise a slow motion would never count.
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
