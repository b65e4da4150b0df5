"""Choose the bitrate and the playout delay from the RTCP reports of a viewer, without I/O."""

from collections import deque
from dataclasses import dataclass

from lucid.media.codecs import MAX_BITRATE_BPS, MIN_BITRATE_BPS

BUSY = 0.7
"""A receiver's estimate counts only if the stream uses at least this share of it. With less
traffic, the receiver cannot measure the capacity of the path."""
HEADROOM = 0.9
"""The share of the estimate that video may use. Packet headers use the rest."""
LOSS_DOWN, LOSS_UP = 0.10, 0.02
"""The bitrate falls above the first loss ratio and rises below the second."""
RISE_A_REPORT = 1.05


FORGET_AN_ACK = 1.002
"""The shortest known round trip grows by this factor with each acknowledgement, so that it adapts
within seconds to a slower path."""
UNKNOWN_ROUND_TRIP_S = 1.0
"""The assumed round trip until the first acknowledgement."""


@dataclass(frozen=True)
class PlayoutDelay:
    """How long a browser may delay a frame; sent in the RTP header."""

    min_ms: int
    max_ms: int


AT_ONCE = PlayoutDelay(0, 0)
"""The browser shows each frame as it arrives."""
SMOOTH = PlayoutDelay(0, 400)
"""The browser's jitter buffer chooses a delay within this range.

Measured with benchmarks/network.py at 640x360 and 30 fps. With 5 % loss and 50 to 80 ms each way,
the browser shows 25 fps instead of 20, and an input takes 272 ms instead of 188. With jitter alone
(20 to 50 ms each way) it changes little, so it starts only above that.
"""
JITTER_BAD_MS, JITTER_GOOD_MS = 12.0, 6.0
"""Smoothing starts above the first jitter and stops below the second, as RTCP reports them."""
LOSS_BAD, LOSS_GOOD = 0.03, 0.005
BAD_REPORTS, GOOD_REPORTS = 2, 8
"""Consecutive reports (about one per second) that start and stop smoothing."""


class BitrateControl:
    """Chooses the bitrate from a receiver's bandwidth estimates and losses."""

    def __init__(self, start_bps: int) -> None:
        self._estimate_bps: float | None = None
        self._loss_bps: float = start_bps
        self._ceiling_bps = start_bps

    @property
    def bitrate_bps(self) -> int:
        """The bitrate to use now."""
        allowed = self._loss_bps
        if self._estimate_bps is not None:
            allowed = min(allowed, HEADROOM * self._estimate_bps)
        return round(min(max(allowed, MIN_BITRATE_BPS), MAX_BITRATE_BPS))

    def on_estimate(self, estimate_bps: float, sent_bps: float) -> None:
        """Handle a REMB message: the receiver's estimate while ``sent_bps`` was sent."""
        self._estimate_bps = estimate_bps if sent_bps >= BUSY * estimate_bps else None

    def on_report(self, lost: float) -> None:
        """Handle a receiver report with the share of packets lost since the last report (0..1)."""
        if lost > LOSS_DOWN:
            self._loss_bps = max(self.bitrate_bps * (1 - lost / 2), MIN_BITRATE_BPS)
        elif lost < LOSS_UP:
            self._loss_bps = min(self._loss_bps * RISE_A_REPORT, self._ceiling_bps)


class PlayoutControl:
    """Chooses between no delay and smoothing, depending on loss and jitter.

    With sound, the browser always chooses, because it delays the picture to match the sound.
    """

    def __init__(self, *, with_sound: bool = False) -> None:
        self.delay = SMOOTH if with_sound else AT_ONCE
        self._with_sound = with_sound
        self._in_a_row = 0

    def on_report(self, lost: float, jitter_ms: float) -> PlayoutDelay:
        """Handle a receiver report; return the delay to use from now on."""
        if self._with_sound:
            return self.delay
        if self.delay is AT_ONCE:
            against, enough = lost > LOSS_BAD or jitter_ms > JITTER_BAD_MS, BAD_REPORTS
        else:
            against, enough = lost < LOSS_GOOD and jitter_ms < JITTER_GOOD_MS, GOOD_REPORTS
        self._in_a_row = self._in_a_row + 1 if against else 0
        if self._in_a_row >= enough:
            self.delay = SMOOTH if self.delay is AT_ONCE else AT_ONCE
            self._in_a_row = 0
        return self.delay


class FramesInFlight:
    """The frames that were sent over a reliable connection and are not acknowledged yet.

    A reliable connection loses no frames: if its buffers fill up, the frames are late. So the time
    until an acknowledgement shows how much waits in the buffers.
    """

    def __init__(self) -> None:
        self._sent: deque[tuple[int, float]] = deque()
        self._round_trip_s = UNKNOWN_ROUND_TRIP_S

    def on_sent(self, number: int, now_s: float) -> None:
        """Record that a frame was sent. The numbers increase."""
        self._sent.append((number, now_s))

    def on_ack(self, number: int, now_s: float) -> None:
        """Record the acknowledgement of a frame and of all earlier frames."""
        sent_s = None
        while self._sent and self._sent[0][0] <= number:
            sent_s = self._sent.popleft()[1]
        if sent_s is not None:
            self._round_trip_s = min(self._round_trip_s * FORGET_AN_ACK, now_s - sent_s)

    def queued_s(self, now_s: float) -> float:
        """Return how long the oldest frame has waited beyond the shortest round trip."""
        if not self._sent:
            return 0.0
        return max(0.0, now_s - self._sent[0][1] - self._round_trip_s)
