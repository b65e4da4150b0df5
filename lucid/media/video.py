"""Encode the frames of one video output on its own thread."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Generic, TypeVar

import numpy as np
from av import FFmpegError, Packet, VideoFrame
from av.video.codeccontext import VideoCodecContext
from av.video.frame import PictureType
from av.video.reformatter import VideoReformatter

from lucid.media.codecs import Codec, EncoderKind, encoder_kind, open_encoder, start_bitrate_bps
from lucid.media.i420 import PixelBuffer, convert, pixel_format_of

TIME_BASE = Fraction(1, 90_000)
"""The RTP clock of every video codec."""
IDLE_S = 0.1
"""If a viewer waits for a keyframe and no new frame comes within this time, the last frame is
encoded again."""
REOPEN_S = 3.0
"""Minimum time between two reopenings of an encoder that cannot change its bitrate while open."""

logger = logging.getLogger(__name__)
Source = TypeVar("Source")


@dataclass(frozen=True)
class EncodedFrame(Generic[Source]):
    """One encoded frame, the same for all viewers."""

    packet: Packet[Any]
    """Its pts is in units of 1/90,000 s from the stream's first frame."""
    source: Source
    """The object that was passed to ``VideoStream.put`` with the frame."""
    fresh: bool
    """False if this repeats the last frame, for a viewer that needed a keyframe."""
    encode_ms: float


class VideoEncoder:
    """Encodes frames, and reopens the encoder if a new frame size or bitrate requires it."""

    def __init__(self, kind: EncoderKind, fps: float, bitrate_bps: int) -> None:
        self.bitrate_bps = bitrate_bps
        """The target from the next frame on."""
        self._kind = kind
        self._fps = fps
        self._context: VideoCodecContext | None = None
        self._reformatter = VideoReformatter()
        self._bitrate_bps = bitrate_bps
        self._opened_s = 0.0

    def encode(self, frame: VideoFrame, keyframe: bool, now_s: float) -> list[Packet[Any]]:
        """Convert and encode a frame; return one packet, or none if the encoder skipped the frame.

        Raises:
            av.FFmpegError: The encoder failed. The next frame opens a new encoder.
        """
        try:
            context = self._open(frame.width, frame.height, now_s)
            if self._kind.pixel_format != frame.format.name:
                pts, time_base = frame.pts, frame.time_base
                frame = convert(self._reformatter, frame, self._kind.pixel_format)
                frame.pts, frame.time_base = pts, time_base
            frame.pict_type = PictureType.I if keyframe else PictureType.NONE
            frame.duration = round(1 / self._fps / TIME_BASE)  # libvpx derives the frame rate
            return context.encode(frame)
        except FFmpegError:
            self._context = None
            raise

    def _open(self, width: int, height: int, now_s: float) -> VideoCodecContext:
        context = self._context
        changed = abs(self.bitrate_bps / self._bitrate_bps - 1)
        if context is not None and (context.width, context.height) == (width, height):
            if changed < 0.05:
                return context
            if self._kind.in_place:
                context.bit_rate = self._bitrate_bps = self.bitrate_bps
                return context
            if changed < 0.25 or now_s - self._opened_s < REOPEN_S:
                return context
        self._context = open_encoder(self._kind, width, height, self._fps, self.bitrate_bps)
        self._bitrate_bps, self._opened_s = self.bitrate_bps, now_s
        return self._context


@dataclass
class _Frame:
    """The frame to encode next, or the one that was encoded last."""

    buffer: PixelBuffer
    pts: int = 0

    def at(self, pts: int) -> VideoFrame:
        """Return the frame with its presentation time set to ``pts``."""
        frame = self.buffer.frame
        frame.pts, frame.time_base = pts, TIME_BASE
        return frame


class VideoStream(Generic[Source]):
    """Encodes frames on its own thread. It has no queue: a new frame replaces a waiting frame.

    ``put``, ``want_keyframe`` and ``close`` return at once. ``on_encoded`` is called on the
    stream's thread and must not block.
    """

    def __init__(
        self,
        codec: Codec,
        size: tuple[int, int],
        fps: float,
        on_encoded: Callable[[EncodedFrame[Source]], None],
    ) -> None:
        width, height = size
        kind = encoder_kind(codec, width, height)
        assert kind is not None, f"no {codec} encoder: it should not have been offered"
        self.encoder_name = kind.name
        self._encoder = VideoEncoder(kind, fps, start_bitrate_bps(width, height, fps))
        self._on_encoded = on_encoded
        self._changed = threading.Condition()
        # Two frames are enough: one is encoded (and kept for a repeat) while the other one waits.
        # They are reused, because the page faults of new memory would cost more than the copy.
        self._frames = [_Frame(PixelBuffer("yuv420p", width, height)) for _ in range(2)]
        self._size = size
        self._waiting: tuple[_Frame, Source] | None = None
        self._last: tuple[_Frame, Source] | None = None
        self._start_s: float | None = None
        self._encoded_s = float("-inf")
        self._keyframe_s = float("-inf")
        self._wanted_s: float | None = None
        self._closed = False
        self._thread = threading.Thread(target=self._run, name=f"lucid-{codec}", daemon=True)
        self._thread.start()

    @property
    def bitrate_bps(self) -> int:
        """The encoder's target bitrate."""
        return self._encoder.bitrate_bps

    @bitrate_bps.setter
    def bitrate_bps(self, bitrate_bps: int) -> None:
        self._encoder.bitrate_bps = bitrate_bps

    def put(self, pixels: np.ndarray, at_s: float, source: Source) -> bool:
        """Encode the pixels of a frame that is due at ``at_s`` (monotonic clock).

        The pixels are copied, so the caller may reuse its memory. Return False if this replaced a
        waiting frame, which is then lost.
        """
        with self._changed:
            if self._start_s is None:
                self._start_s = at_s
            in_time = self._waiting is None
            frame = next(f for f in self._frames if self._last is None or f is not self._last[0])
            if frame.buffer.pixel_format != (pixel_format := pixel_format_of(pixels)):
                frame.buffer = PixelBuffer(pixel_format, *self._size)
            frame.buffer.fill(pixels)
            frame.pts = round((at_s - self._start_s) / TIME_BASE)
            self._waiting = frame, source
            self._changed.notify()
        return in_time

    def want_keyframe(self, apart_s: float) -> None:
        """Make the next frame a keyframe, but not within ``apart_s`` of the last keyframe."""
        with self._changed:
            wanted_s = self._keyframe_s + apart_s
            self._wanted_s = wanted_s if self._wanted_s is None else min(self._wanted_s, wanted_s)
            self._changed.notify()

    def close(self) -> None:
        """End the thread after the frame that it is encoding."""
        with self._changed:
            self._closed = True
            self._changed.notify()

    # --- on the stream's thread -------------------------------------------------------------

    def _run(self) -> None:
        pts = -1
        while (job := self._next()) is not None:
            frame, source, keyframe, fresh = job
            pts = max(frame.pts, pts + 1)
            started_s = time.monotonic()
            try:
                packets = self._encoder.encode(frame.at(pts), keyframe, started_s)
            except FFmpegError:
                logger.exception("%s failed on a frame", self.encoder_name)
                continue
            encode_ms = (time.monotonic() - started_s) * 1000
            for packet in packets:
                packet.pts, packet.time_base = pts, TIME_BASE
                if packet.is_keyframe:
                    self._keyframe_s = started_s
                self._on_encoded(EncodedFrame(packet, source, fresh, encode_ms))

    def _next(self) -> tuple[_Frame, Source, bool, bool] | None:
        """Wait for the next frame; return (frame, source, keyframe, fresh), or None once closed.

        ``fresh`` is False if the frame repeats the last one.
        """
        with self._changed:
            while not self._closed:
                now_s = time.monotonic()
                keyframe = self._wanted_s is not None and self._wanted_s <= now_s
                repeat_s = self._repeat_s()
                fresh = self._waiting is not None
                if self._waiting is not None:
                    self._last, self._waiting = self._waiting, None
                elif repeat_s is None or repeat_s > now_s:
                    self._changed.wait(None if repeat_s is None else repeat_s - now_s)
                    continue
                assert self._last is not None
                if keyframe:
                    self._wanted_s = None
                self._encoded_s = now_s
                frame, source = self._last
                if not fresh:
                    assert self._start_s is not None
                    frame.pts = round((now_s - self._start_s) / TIME_BASE)
                return frame, source, keyframe, fresh
            return None

    def _repeat_s(self) -> float | None:
        """Return when to encode the last frame again as a keyframe if no new frame comes."""
        if self._wanted_s is None or self._last is None:
            return None
        return max(self._wanted_s, self._encoded_s + IDLE_S)
