"""Pacer: decides when a frame is shown, and when the next step starts. It reads no clock."""

import asyncio
import time
from typing import Protocol

from lucid.authoring.outputs import AudioOutput

MAX_FPS = 60.0
"""The highest frame rate of an output that declares none."""
MARGIN_S = 0.002
"""A step starts this much earlier than estimated, so that small delays are invisible."""
REFRESH_S = 1 / 60
"""The refresh interval of most displays."""
SOUND_LEAD_S = 0.03
"""Viewers get sound this long before it is due, because they send it in pieces of 20 ms. The frames
of a port with sound are ready equally early, so that sound and picture arrive together."""


MAX_SOUND_AHEAD_S = 1.0
"""A port without video may publish sound at most this far ahead of time."""


class Pacer:
    """Paces one video output with absolute deadlines.

    Frame ``n`` is due at ``start + n / fps``, and the frames of a chunk are spread evenly. A step
    starts as late as its frames can still be ready in time, so that it uses the newest inputs. An
    input that arrives while a step waits may start the step early, and all further frames are then
    due earlier, too. At 30 fps and less, a step is early by whole refreshes of the display, and at
    most by half a frame interval, so that further frames reach the display as evenly as before. A
    model that falls behind by more than a frame interval does not catch up: the next frame starts a
    new series of deadlines.

    With ``steady``, inputs and displays do not shift the deadlines, because sound cannot follow a
    shift without gaps.
    """

    def __init__(self, fps: float | None, *, steady: bool = False) -> None:
        self._fps = fps
        self._steady = steady
        self._margin_s = SOUND_LEAD_S if steady else MARGIN_S
        self._interval_s = 1 / (fps or MAX_FPS)
        self._due_s: float | None = None
        self._step_s: float | None = None

    def schedule(self, count: int, now_s: float, step_s: float) -> list[float]:
        """Return the due times of the ``count`` frames of a step that took ``step_s``."""
        if self._due_s is not None:
            # The estimate rises at once and falls slowly, since only a late step shows.
            self._step_s = max(step_s, 0.9 * (self._step_s or 0.0) + 0.1 * step_s)
            if self._fps is None:
                self._interval_s = max(1 / MAX_FPS, self._step_s / count)
        if self._due_s is None or now_s - self._due_s > self._interval_s:
            self._due_s = now_s
        due_s = [self._due_s + index * self._interval_s for index in range(count)]
        self._due_s += count * self._interval_s
        return due_s

    @property
    def next_due_s(self) -> float | None:
        """When the next frame is due; None if that is unknown."""
        return self._due_s

    def next_step_s(self, now_s: float) -> float:
        """Return when the next step should start, at the earliest now."""
        if self._due_s is None or self._step_s is None:
            return now_s
        return max(now_s, self._due_s - self._step_s - self._margin_s)

    def early_step_s(self, now_s: float) -> float:
        """Return when an urgent input may start the next step, at the earliest now."""
        step_s = self.next_step_s(now_s)
        left_s = min(step_s - now_s, self._interval_s / 2) + MARGIN_S
        early_s = 0.0 if self._steady else left_s // self._early_s * self._early_s
        return max(now_s, step_s - early_s)

    def start_step(self, now_s: float) -> None:
        """Start a step now. If it is early, its frames and all later frames are due earlier."""
        if self._due_s is not None and not self._steady:
            left_s = self.next_step_s(now_s) - now_s
            self._due_s -= round(left_s / self._early_s) * self._early_s

    @property
    def _early_s(self) -> float:
        """The unit of early steps: a refresh up to 30 fps, and a third of an interval above."""
        return REFRESH_S if self._interval_s >= 2 * REFRESH_S else self._interval_s / 3

    def shift(self, later_s: float) -> None:
        """Shift the due time of all further frames by ``later_s``, which may be negative."""
        if self._due_s is not None and not self._steady:
            self._due_s += later_s

    def restart(self) -> None:
        """Forget the deadlines: after a pause, the next frame is due at once."""
        self._due_s = None


class SoundSchedule:
    """Decides when sound is due: with the next frames, and after earlier sound of the step."""

    def __init__(self, pacer: Pacer | None) -> None:
        """``pacer`` paces the frames; None if there is no video."""
        self._pacer = pacer
        self._due_s: dict[str, float] = {}
        """When further sound of this step is due, by audio output."""

    def due_s(self, output: AudioOutput, samples: int, now_s: float) -> float | None:
        """Return when to play this number of samples; None to drop them, if too many wait."""
        next_due_s = self._pacer.next_due_s if self._pacer else None
        due_s = max(now_s, self._due_s.get(output.name, next_due_s or now_s))
        if self._pacer is None and due_s - now_s > MAX_SOUND_AHEAD_S:
            return None  # the port has no video that paces it, and does not wait itself
        self._due_s[output.name] = due_s + samples / output.sample_rate_hz
        return due_s

    def start_step(self) -> None:
        """Forget the sound of the last step."""
        self._due_s.clear()


class Clock(Protocol):
    """Tells the time, and waits for a point in time."""

    def now_s(self) -> float:
        """Return the time in seconds; it never goes back."""

    async def wait(self, event: asyncio.Event, until_s: float) -> None:
        """Return when the event is set, or at ``until_s``."""


class MonotonicClock:
    """The monotonic clock of this machine."""

    def now_s(self) -> float:
        """See Clock."""
        return time.monotonic()

    async def wait(self, event: asyncio.Event, until_s: float) -> None:
        """See Clock."""
        try:
            async with asyncio.timeout(until_s - time.monotonic()):
                await event.wait()
        except TimeoutError:
            return


MONOTONIC = MonotonicClock()
