"""The encoded frames that wait for one viewer."""

from collections import deque

from lucid.media.video import EncodedFrame
from lucid.runtime.messages import FrameInfo

MAX_WAITING = 4
"""Maximum number of frames that wait. If there are more, all frames up to the next keyframe are
dropped."""


class FrameQueue:
    """Frames of one output in order; a slow viewer skips to the next keyframe."""

    def __init__(self) -> None:
        self.starved = True
        """Whether the viewer needs a keyframe next."""
        self._frames: deque[EncodedFrame[FrameInfo]] = deque()

    def __len__(self) -> int:
        return len(self._frames)

    def put(self, frame: EncodedFrame[FrameInfo]) -> int:
        """Queue a frame; return the number of frames that this viewer lost."""
        lost = 0
        if frame.packet.is_keyframe or len(self._frames) >= MAX_WAITING:
            lost = self.skip()  # a keyframe makes the frames before it unnecessary
            self.starved = not frame.packet.is_keyframe
        if self.starved:
            return lost + 1
        self._frames.append(frame)
        return lost

    def pop(self) -> EncodedFrame[FrameInfo]:
        """Return the oldest frame."""
        return self._frames.popleft()

    def skip(self) -> int:
        """Drop all frames up to the next keyframe; return how many waited."""
        lost = len(self._frames)
        self._frames.clear()
        self.starved = True
        return lost
