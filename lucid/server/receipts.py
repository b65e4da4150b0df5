"""Measure how fast a viewer gets the frames that its inputs changed."""

import time
from collections import deque

from lucid.media.video import EncodedFrame
from lucid.runtime.messages import FrameInfo
from lucid.server.metrics import Metrics
from lucid.server.protocol import receipt_message

MAX_INPUTS_TIMED = 256


class Receipts:
    """Writes the receipts of one viewer's frames and records their metrics."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics
        self._arrived_s: deque[tuple[int, float]] = deque(maxlen=MAX_INPUTS_TIMED)

    def arrived(self, seq: int) -> None:
        """Record that an input arrived."""
        self._arrived_s.append((seq, time.monotonic()))

    def sent(self, frame: EncodedFrame[FrameInfo], rtp_timestamp: int) -> str | None:
        """Record that a frame was handed to the socket; return its receipt.

        Return None for a frame that repeats the last one.
        """
        if not frame.fresh:
            return None
        info, now_s = frame.source, time.monotonic()
        age_ms = (now_s - info.due_s) * 1000
        self._metrics.sent(frame.packet.size, age_ms)
        while self._arrived_s and self._arrived_s[0][0] <= info.input_seq:
            self._metrics.action((now_s - self._arrived_s.popleft()[1]) * 1000)
        return receipt_message(info, rtp_timestamp, age_ms)
