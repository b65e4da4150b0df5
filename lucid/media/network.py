"""What a viewer's network bears: the bit rate, and whether latency has to give way to smoothness.

Pure: every call is given the time.
"""

from __future__ import annotations

from dataclasses import dataclass

from lucid.media.codecs import MAX_BITRATE_BPS, MIN_BITRATE_BPS

BUSY = 0.7
"""A receiver's estimate binds only who sends at least this share of it: the estimate of a stream
that needs little is no measure of what the path could bear."""
HEADROOM = 0.9
"""Share of the estimate that is used: it holds the packet headers too."""
LOSS_DOWN, LOSS_UP = 0.10, 0.02
"""Lost shares above which the bit rate falls, and below which it rises again."""
RISE_A_REPORT = 1.05


@dataclass(frozen=True)
class PlayoutDelay:
    """How long a browser may hold a frame back, as it is told in the RTP header."""

    min_ms: int
    max_ms: int


AT_ONCE = PlayoutDelay(0, 0)
"""Each frame is shown as it arrives."""
SMOOTH = PlayoutDelay(0, 400)
"""The browser's own jitter buffer decides, within this.

What it is worth (benchmarks/network.py, 640x360@30): with 5 % lost and 50 to 80 ms each way 25
frames a second are shown in place of 20, and an input takes 272 ms in place of 188; with jitter
alone (20 to 50 ms each way) it changes little, so only more than that asks for it.
"""
JITTER_BAD_MS, JITTER_GOOD_MS = 12.0, 6.0
"""Above and below these, measured on arrival, frames are smoothed and shown at once again."""
LOSS_BAD, LOSS_GOOD = 0.03, 0.005
BAD_REPORTS, GOOD_REPORTS = 2, 8
"""Reports in a row (one comes about every second) that it takes to change the mode."""


class BitrateControl:
    """The bit rate that a viewer's receiver estimates and losses allow."""

    def __init__(self, start_bps: int) -> None:
        self._estimate_bps: float | None = None
        self._loss_bps: float = start_bps
        self._ceiling_bps = start_bps

    @property
    def bitrate_bps(self) -> int:
        """What to send at."""
        allowed = self._loss_bps
        if self._estimate_bps is not None:
            allowed = min(allowed, HEADROOM * self._estimate_bps)
        return round(min(max(allowed, MIN_BITRATE_BPS), MAX_BITRATE_BPS))

    def on_estimate(self, estimate_bps: float, sent_bps: float) -> None:
        """A REMB: what the receiver thinks that the path bears, while ``sent_bps`` was sent."""
        self._estimate_bps = estimate_bps if sent_bps >= BUSY * estimate_bps else None

    def on_report(self, lost: float) -> None:
        """A receiver report: the share of packets lost since the last one (0..1)."""
        if lost > LOSS_DOWN:
            self._loss_bps = max(self.bitrate_bps * (1 - lost / 2), MIN_BITRATE_BPS)
        elif lost < LOSS_UP:
            self._loss_bps = min(self._loss_bps * RISE_A_REPORT, self._ceiling_bps)


class PlayoutControl:
    """Frames at once while the network is even; smoothed by the browser while it is not."""

    def __init__(self) -> None:
        self.delay = AT_ONCE
        self._in_a_row = 0

    def on_report(self, lost: float, jitter_ms: float) -> PlayoutDelay:
        """A receiver report; the delay to ask for from now on."""
        if self.delay is AT_ONCE:
            against, enough = lost > LOSS_BAD or jitter_ms > JITTER_BAD_MS, BAD_REPORTS
        else:
            against, enough = lost < LOSS_GOOD and jitter_ms < JITTER_GOOD_MS, GOOD_REPORTS
        self._in_a_row = self._in_a_row + 1 if against else 0
        if self._in_a_row >= enough:
            self.delay = SMOOTH if self.delay is AT_ONCE else AT_ONCE
            self._in_a_row = 0
        return self.delay
