"""Video: one output's frames, encoded on a thread of their own."""

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

from lucid.media.codecs import Codec, EncoderKind, encoder_kind, open_encoder, start_bitrate_bps
from lucid.media.i420 import planes

TIME_BASE = Fraction(1, 90_000)
"""The RTP clock of every video codec."""
IDLE_S = 0.1
"""Without a new frame for so long, a keyframe that a viewer waits for shows the last one again."""
REOPEN_S = 3.0
"""An encoder whose bit rate cannot change while it is open is opened anew no more often."""

logger = logging.getLogger(__name__)
Source = TypeVar("Source")


@dataclass(frozen=True)
class EncodedFrame(Generic[Source]):
    """One frame, as every viewer gets it."""

    packet: Packet[Any]
    """Its pts counts 1/90,000 s from the stream's first frame."""
    source: Source
    """What was put in with it."""
    fresh: bool
    """False: the last frame once more, for a viewer that had no picture."""
    encode_ms: float


class VideoEncoder:
    """Encodes frames of one size; a new size or bit rate changes the encoder, where it must."""

    def __init__(self, kind: EncoderKind, fps: float, bitrate_bps: int) -> None:
        self.bitrate_bps = bitrate_bps
        """What to keep to from the next frame on."""
        self._kind = kind
        self._fps = fps
        self._context: VideoCodecContext | None = None
        self._bitrate_bps = bitrate_bps
        self._opened_s = 0.0

    def encode(self, frame: VideoFrame, keyframe: bool, now_s: float) -> list[Packet[Any]]:
        """The packets of a yuv420p frame: one, or none if the encoder skipped it.

        Raises:
            av.FFmpegError: the encoder failed; the next frame tries a new one.
        """
        try:
            context = self._open(frame.width, frame.height, now_s)
            frame.pict_type = PictureType.I if keyframe else PictureType.NONE
            frame.duration = round(1 / self._fps / TIME_BASE)  # libvpx takes it for its rate
            if self._kind.pixel_format != "yuv420p":
                frame = frame.reformat(format=self._kind.pixel_format)
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


class _Frame:
    """Memory for one picture, as libav takes it."""

    def __init__(self, width: int, height: int) -> None:
        self.pts = 0
        self._frame = VideoFrame(width, height, "yuv420p")
        self._frame.time_base = TIME_BASE
        self._planes = [
            np.asarray(plane, np.uint8).reshape(-1, plane.line_size)[:, : plane.width]
            for plane in self._frame.planes
        ]

    def fill(self, image: np.ndarray) -> None:
        """Copy an (H*3//2, W) uint8 I420 image."""
        for plane, part in zip(self._planes, planes(image), strict=True):
            np.copyto(plane[: len(part)], part)

    def at(self, pts: int) -> VideoFrame:
        """The picture, to be shown at ``pts``."""
        self._frame.pts = pts
        return self._frame


class VideoStream(Generic[Source]):
    """Frames in, encoded frames out, on a thread; the newest frame wins, none is queued.

    ``put``, ``want_keyframe`` and ``close`` return at once; ``on_encoded`` is called on the
    stream's thread, and must too.
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
        # Two frames are enough: one is encoded (and kept, to be shown again), one waits. Memory
        # that is used again needs no page faults, which cost more than the copy.
        self._frames = [_Frame(width, height) for _ in range(2)]
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
        """What the encoder keeps to."""
        return self._encoder.bitrate_bps

    @bitrate_bps.setter
    def bitrate_bps(self, bitrate_bps: int) -> None:
        self._encoder.bitrate_bps = bitrate_bps

    def put(self, image: np.ndarray, at_s: float, source: Source) -> bool:
        """Encode an (H*3//2, W) uint8 I420 image, produced for ``at_s`` on the monotonic clock.

        The image is copied: its memory is the caller's again. False: the frame before it was
        dropped, as the encoder was not free.
        """
        with self._changed:
            if self._start_s is None:
                self._start_s = at_s
            in_time = self._waiting is None
            frame = next(f for f in self._frames if self._last is None or f is not self._last[0])
            frame.fill(image)
            frame.pts = round((at_s - self._start_s) / TIME_BASE)
            self._waiting = frame, source
            self._changed.notify()
        return in_time

    def want_keyframe(self, apart_s: float) -> None:
        """Make the next frame a keyframe, at the earliest ``apart_s`` after the last one."""
        with self._changed:
            wanted_s = self._keyframe_s + apart_s
            self._wanted_s = wanted_s if self._wanted_s is None else min(self._wanted_s, wanted_s)
            self._changed.notify()

    def close(self) -> None:
        """End the thread, once the frame that it encodes is done."""
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
        """The frame to encode now, its source, whether as a keyframe, and whether it is a new one.

        None once the stream is closed.
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
        """When the last frame is to be shown again as a keyframe, should no new one come."""
        if self._wanted_s is None or self._last is None:
            return None
        return max(self._wanted_s, self._encoded_s + IDLE_S)
