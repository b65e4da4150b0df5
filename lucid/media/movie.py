"""Write frames to an MP4 file."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np

from lucid.authoring.manifest import ModelInfo
from lucid.authoring.outputs import VideoOutput
from lucid.errors import MachineError
from lucid.media.codecs import MAX_BITRATE_BPS, encoder_kind
from lucid.media.i420 import PixelBuffer
from lucid.media.recording import Recording
from lucid.media.video import TIME_BASE, EncodedFrame, VideoEncoder

KEYFRAMES_S = 2.0
DEFAULT_FPS = 30


class Movie:
    """An MP4 file with the frames of one video output. Use it as a context manager."""

    def __init__(self, path: Path, output: VideoOutput, model: ModelInfo) -> None:
        """Open the file, which may exist.

        Raises:
            MachineError: There is no H.264 encoder.
        """
        kind = encoder_kind(Recording.codec, output.width, output.height)
        if kind is None:
            raise MachineError(
                "there is no H.264 encoder for a video", hint='pip install "lucid-runtime[serve]"'
            )
        self._fps = output.fps or DEFAULT_FPS
        self._encoder = VideoEncoder(kind, self._fps, MAX_BITRATE_BPS)
        self._pixels = PixelBuffer("rgb24", output.width, output.height)
        self._recording = Recording(path, output, model)
        self._count = 0

    def add(self, frame: np.ndarray) -> None:
        """Add a frame, (H, W, 3) uint8 RGB.

        Raises:
            MachineError: the file cannot be written, or is too long or too large.
        """
        self._check(self._recording.failure)
        self._pixels.fill(frame)
        picture = self._pixels.frame
        picture.pts, picture.time_base = round(self._count / self._fps / TIME_BASE), TIME_BASE
        is_keyframe = self._count % max(1, round(KEYFRAMES_S * self._fps)) == 0
        packets = self._encoder.encode(picture, is_keyframe, time.monotonic())
        self._recording.put_past(EncodedFrame(each, None, True, 0.0) for each in packets)
        self._count += 1

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type | None, error: object, trace: TracebackType | None) -> None:
        """End the file.

        Raises:
            MachineError: The file could not be written.
        """
        is_complete = asyncio.run(self._recording.close())
        why = self._recording.failure or (None if is_complete else "the disk is too slow")
        if error is None:
            self._check(why)

    def _check(self, failure: str | None) -> None:
        if failure is not None:
            raise MachineError(
                f"{self._recording.path} could not be written: {failure}",
                hint="name another file, or make room on the disk",
            )
