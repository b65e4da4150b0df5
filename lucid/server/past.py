"""The last seconds of a session's first video, as they were encoded for its viewers."""

from collections import deque

from lucid.media.codecs import Codec
from lucid.media.video import EncodedFrame
from lucid.runtime.messages import FrameInfo

CLIP_S = 30.0
KEYFRAMES_S = 10.0
"""A clip begins with a keyframe, so a new one is requested this long after the last one."""
_CLOCK_HZ = 90_000


class Past:
    """Keeps frames for a clip: at least the last ``CLIP_S``, and at most ``KEYFRAMES_S`` more."""

    codec: Codec = "H264"

    def __init__(self) -> None:
        self.frames: deque[EncodedFrame[FrameInfo]] = deque()
        """The first one is a keyframe."""
        self._keyframes: deque[int] = deque()
        """The times of the keyframes among them."""

    def put(self, frame: EncodedFrame[FrameInfo]) -> bool:
        """Keep a frame, and drop the oldest ones; return whether a keyframe is due."""
        now = frame.packet.pts or 0
        if frame.packet.is_keyframe:
            self._keyframes.append(now)
        if not self._keyframes:
            return True
        self.frames.append(frame)
        while len(self._keyframes) > 1 and now - self._keyframes[1] >= CLIP_S * _CLOCK_HZ:
            self._keyframes.popleft()
            while (self.frames[0].packet.pts or 0) < self._keyframes[0]:
                self.frames.popleft()
        return now - self._keyframes[-1] >= KEYFRAMES_S * _CLOCK_HZ
