"""When a frame is shown and when the next step starts. Pure: every call is given the time."""

from __future__ import annotations

MAX_FPS = 60.0
"""Fastest rate of an output that declares none."""
MARGIN_S = 0.002
"""How much earlier than its estimate a step starts, so that small delays do not show."""

EARLY = 1 / 3
"""Share of a frame's time by which a step may start early, to answer a key at once."""


class Pacer:
    """Paces one video output against absolute deadlines.

    Frame ``n`` is due at ``start + n / fps``; a chunk's frames are spread evenly. A step starts
    just early enough that its frames are ready when they are due, so that the inputs it samples
    are as fresh as they can be. A key that comes while a step waits may start it early, and moves
    the grid with it: one interval is a little short, and the answer comes in half the time. A
    model that falls behind by more than a frame starts a new grid: it never has to catch up.
    """

    def __init__(self, fps: float | None) -> None:
        self._fps = fps
        self._interval_s = 1 / (fps or MAX_FPS)
        self._due_s: float | None = None
        self._step_s: float | None = None

    def schedule(self, count: int, now_s: float, step_s: float) -> list[float]:
        """Due times of the ``count`` frames of a step that took ``step_s`` and ends now."""
        if self._due_s is not None:
            # Up at once, down slowly: a step that is late is seen, one that is early is not.
            self._step_s = max(step_s, 0.9 * (self._step_s or 0.0) + 0.1 * step_s)
            if self._fps is None:
                self._interval_s = max(1 / MAX_FPS, self._step_s / count)
        if self._due_s is None or now_s - self._due_s > self._interval_s:
            self._due_s = now_s
        due_s = [self._due_s + index * self._interval_s for index in range(count)]
        self._due_s += count * self._interval_s
        return due_s

    def next_step_s(self, now_s: float) -> float:
        """When the next step should start; never before now."""
        if self._due_s is None or self._step_s is None:
            return now_s
        return max(now_s, self._due_s - self._step_s - MARGIN_S)

    def early_step_s(self, now_s: float) -> float:
        """When the next step may start at the earliest; never before now."""
        return max(now_s, self.next_step_s(now_s) - EARLY * self._interval_s)

    def hurry(self, now_s: float) -> None:
        """A step starts now, perhaps early: its frames and those after it are due earlier."""
        if self._due_s is not None and self._step_s is not None:
            ready_s = now_s + self._step_s
            if ready_s + MARGIN_S < self._due_s:  # early: nobody can see a small delay in that
                self._due_s = ready_s

    def shift(self, later_s: float) -> None:
        """Move the grid: every frame from now on is due so much later, or earlier."""
        if self._due_s is not None:
            self._due_s += later_s

    def restart(self) -> None:
        """Forget the grid: after a pause the next frame is due at once."""
        self._due_s = None
