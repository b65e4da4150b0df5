"""Cut published audio samples into the 20 ms frames of a track."""

from fractions import Fraction

import numpy as np
from av import AudioFrame

FRAME_S = 0.02
"""The usual length of an audio frame in WebRTC."""
FADE_S = 0.005
"""The length of the cross-fade at a cut."""


def audio_frame(samples: np.ndarray, sample_rate_hz: int) -> AudioFrame:
    """Return (N, channels) int16 samples as a frame."""
    layout = "mono" if samples.shape[1] == 1 else "stereo"
    frame = AudioFrame.from_ndarray(samples.reshape(1, -1), format="s16", layout=layout)
    frame.sample_rate = sample_rate_hz
    frame.time_base = Fraction(1, sample_rate_hz)
    return frame


class AudioBuffer:
    """Holds samples until they are played. An empty buffer plays silence.

    The first samples, and the first samples after a gap, wait for ``lead_s``, so that a small delay
    of the next samples causes no gap. If more than ``most_s`` of sound waits when new samples
    arrive, the buffer drops the oldest samples down to ``lead_s``, so that the sound catches up.
    """

    def __init__(self, sample_rate_hz: int, channels: int, lead_s: float, most_s: float) -> None:
        self._rate_hz = sample_rate_hz
        self._channels = channels
        self._lead = round(lead_s * sample_rate_hz)
        self._most = round(most_s * sample_rate_hz)
        self._waiting = np.zeros((0, channels), np.int16)
        self._pts = 0

    def put(self, samples: np.ndarray) -> None:
        """Add (N, channels) int16 samples."""
        if len(self._waiting) == 0:
            self._waiting = np.zeros((self._lead, self._channels), np.int16)
        elif len(self._waiting) > self._most:
            self._cut(len(self._waiting) - self._lead)
        self._waiting = np.concatenate([self._waiting, samples])

    def next_frame(self) -> AudioFrame:
        """Return the next 20 ms as a frame of interleaved int16 samples."""
        count = int(self._rate_hz * FRAME_S)
        out = np.zeros((count, self._channels), np.int16)
        taken = self._waiting[:count]
        out[: len(taken)] = taken
        self._waiting = self._waiting[count:]
        frame = audio_frame(out, self._rate_hz)
        frame.pts = self._pts
        self._pts += count
        return frame

    def _cut(self, count: int) -> None:
        """Drop the oldest ``count`` samples, without a click."""
        before, after = self._waiting, self._waiting[count:].copy()
        fade = min(round(FADE_S * self._rate_hz), len(after))
        share = np.linspace(0, 1, fade)[:, None]
        after[:fade] = np.rint(before[:fade] * (1 - share) + after[:fade] * share)
        self._waiting = after
