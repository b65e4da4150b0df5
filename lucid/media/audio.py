"""Cut published audio samples into the 20 ms frames of a track."""

from collections import deque
from fractions import Fraction

import numpy as np
from av import AudioFrame

FRAME_S = 0.02
"""The usual length of an audio frame in WebRTC."""
MAX_WAITING_S = 1.0
"""If more audio than this waits, the oldest chunks are dropped to keep the latency low."""


class AudioBuffer:
    """Samples waiting to be played; an empty buffer plays silence."""

    def __init__(self, sample_rate_hz: int, channels: int) -> None:
        self._rate_hz = sample_rate_hz
        self._channels = channels
        self._chunks: deque[np.ndarray] = deque()
        self._waiting = 0
        self._pts = 0

    def put(self, samples: np.ndarray) -> None:
        """Add (N, channels) int16 samples."""
        self._chunks.append(samples)
        self._waiting += len(samples)
        while self._waiting > MAX_WAITING_S * self._rate_hz and len(self._chunks) > 1:
            self._waiting -= len(self._chunks.popleft())

    def next_frame(self) -> AudioFrame:
        """Return the next 20 ms."""
        count = int(self._rate_hz * FRAME_S)
        out = np.zeros((count, self._channels), np.int16)
        filled = 0
        while self._chunks and filled < count:
            chunk = self._chunks.popleft()
            taken = min(len(chunk), count - filled)
            out[filled : filled + taken] = chunk[:taken]
            filled += taken
            if taken < len(chunk):
                self._chunks.appendleft(chunk[taken:])
        self._waiting -= filled
        layout = "mono" if self._channels == 1 else "stereo"
        frame = AudioFrame.from_ndarray(out.reshape(1, -1), format="s16", layout=layout)
        frame.sample_rate = self._rate_hz
        frame.pts = self._pts
        frame.time_base = Fraction(1, self._rate_hz)
        self._pts += count
        return frame
