"""Send a session's outputs to all its viewers; each video is encoded once per codec."""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from functools import partial
from typing import Protocol

from lucid.authoring.manifest import Manifest
from lucid.authoring.outputs import VideoOutput
from lucid.media.codecs import Codec, start_bitrate_bps
from lucid.media.video import EncodedFrame, VideoStream
from lucid.runtime.messages import AudioSamples, Frame, FrameInfo, Message
from lucid.runtime.pacing import MAX_FPS
from lucid.runtime.session import HostSession, Notice
from lucid.server.metrics import Metrics

PLAYER_KEYFRAMES_S = 0.3
"""Minimum time between keyframes that the player's browser requests."""
SPECTATOR_KEYFRAMES_S = 2.0
"""The same for spectators. It is longer, because a keyframe costs bitrate for all viewers."""
PICTURE_DELAY_S = 0.04
"""How long the pictures of a port with sound wait: sound takes longer to travel and to play."""


class Listener(Protocol):
    """Takes a session's audio and messages. Its methods must not block."""

    def audio(self, samples: AudioSamples) -> None:
        """Play samples."""

    def message(self, message: Message) -> None:
        """Send a json or bytes sample."""


class Feed(Protocol):
    """Takes the encoded frames of one output. Its methods must not block."""

    output: str

    def put(self, frame: EncodedFrame[FrameInfo]) -> int:
        """Take a frame; return the number of frames lost."""


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


class Broadcast:
    """Encodes a session's videos and sends all outputs to its viewers.

    It is the session's only Viewer. There is one encoder per video output and codec in use. The
    bitrate follows the player's network; a spectator with a slower network loses frames, which
    affects no other viewer.
    """

    def __init__(self, session: HostSession, manifest: Manifest, metrics: Metrics) -> None:
        self.session = session
        self.manifest = manifest
        self.spectators: list[Callable[[Notice], None]] = []
        """Callbacks of spectators and guests; each gets the player's notices."""
        self.past = Past()
        self._outputs = {output.name: output for output in manifest.videos}
        self._metrics = metrics
        self._loop = asyncio.get_running_loop()
        self._has_sound = bool(manifest.audios)
        self._streams: dict[tuple[str, Codec], VideoStream[FrameInfo]] = {}
        self._feeds: dict[tuple[str, Codec], list[Feed]] = {}
        self._viewers: list[Listener] = []

    # --- viewers ----------------------------------------------------------------------------

    def add(self, viewer: Listener, feeds: Sequence[tuple[Feed, Codec]]) -> None:
        """Add a viewer, with a feed for each video output."""
        self._viewers.append(viewer)
        self._metrics.viewers += 1
        for feed, codec in feeds:
            self.attach(feed, codec)

    def remove(self, viewer: Listener, feeds: Sequence[tuple[Feed, Codec]]) -> None:
        """Remove a viewer and its feeds. A video without feeds is no longer encoded."""
        if viewer not in self._viewers:
            return
        self._viewers.remove(viewer)
        self._metrics.viewers -= 1
        for feed, codec in feeds:
            self.detach(feed, codec)

    def attach(self, feed: Feed, codec: Codec) -> None:
        """Send a feed every encoded frame of its output from now on."""
        key = (feed.output, codec)
        if key not in self._streams:
            self._streams[key] = self._stream(*key)
        self._feeds.setdefault(key, []).append(feed)
        self.want_keyframe(feed, codec, plays=True)  # a new viewer needs one at once

    def detach(self, feed: Feed, codec: Codec) -> None:
        """Stop sending frames to a feed; its encoder stays open for the next viewer."""
        self._feeds[feed.output, codec].remove(feed)

    def close(self) -> None:
        """Close the encoders when the session is over."""
        for stream in self._streams.values():
            stream.close()
        self._streams.clear()

    def want_keyframe(self, feed: Feed, codec: Codec, plays: bool) -> None:
        """Request a keyframe for a viewer; ``plays`` is True for the player."""
        if stream := self._streams.get((feed.output, codec)):
            stream.want_keyframe(PLAYER_KEYFRAMES_S if plays else SPECTATOR_KEYFRAMES_S)

    def set_bitrate(self, output: str, codec: Codec, bitrate_bps: int) -> None:
        """Set an encoder's bitrate to what the player's network allows."""
        if stream := self._streams.get((output, codec)):
            stream.bitrate_bps = bitrate_bps
            self._metrics.bitrate(output, codec, bitrate_bps)

    # --- Viewer -----------------------------------------------------------------------------

    def frame(self, frame: Frame) -> None:
        """Encode a frame for all viewers."""
        self._metrics.frame(frame)
        for key, stream in self._streams.items():
            if key[0] != frame.output or not self._feeds[key]:
                continue
            if not stream.put(frame.pixels, frame.due_s, frame.info):
                self._metrics.dropped(frame.output, "encoder", 1)

    def audio(self, samples: AudioSamples) -> None:
        """Send audio samples to all viewers."""
        for viewer in self._viewers:
            viewer.audio(samples)

    def message(self, message: Message) -> None:
        """Send a json or bytes sample to all viewers."""
        for viewer in self._viewers:
            viewer.message(message)

    # --- private ----------------------------------------------------------------------------

    def _stream(self, output: str, codec: Codec) -> VideoStream[FrameInfo]:
        declared = self._outputs[output]
        size = (declared.width, declared.height)
        deliver = partial(self._on_encoded, (output, codec))
        return VideoStream(codec, size, declared.fps or MAX_FPS, deliver)

    def _on_encoded(self, key: tuple[str, Codec], frame: EncodedFrame[FrameInfo]) -> None:
        if not self._loop.is_closed():
            on_loop = self._deliver_late if self._has_sound else self._deliver
            self._loop.call_soon_threadsafe(on_loop, key, frame)

    def _deliver_late(self, key: tuple[str, Codec], frame: EncodedFrame[FrameInfo]) -> None:
        self._loop.call_later(PICTURE_DELAY_S, self._deliver, key, frame)

    def _deliver(self, key: tuple[str, Codec], frame: EncodedFrame[FrameInfo]) -> None:
        self._metrics.encoded(frame, key[1])
        for feed in self._feeds.get(key, ()):
            self._metrics.dropped(feed.output, "viewer", feed.put(frame))
        stream = self._streams.get(key)
        if stream and key == (next(iter(self._outputs)), Past.codec) and self.past.put(frame):
            stream.want_keyframe(KEYFRAMES_S)


def start_bps(video: VideoOutput) -> int:
    """Return the bitrate of an output until the network reports."""
    return start_bitrate_bps(video.width, video.height, video.fps or MAX_FPS)
