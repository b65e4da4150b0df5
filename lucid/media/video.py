"""Video: frames as libav takes them, and the bit rates to encode at."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from av import VideoFrame

TIME_BASE = Fraction(1, 90_000)
"""The RTP clock of every video codec."""

START_BITRATE_BPS = 4_000_000
MIN_BITRATE_BPS = 500_000
MAX_BITRATE_BPS = 12_000_000


def video_frame(i420: np.ndarray, pts_s: float) -> VideoFrame:
    """A picture (H * 3 / 2, W) in I420 to be shown at ``pts_s``, seconds since the track began."""
    frame = VideoFrame.from_ndarray(i420, format="yuv420p")
    frame.pts = round(pts_s / TIME_BASE)
    frame.time_base = TIME_BASE
    return frame
