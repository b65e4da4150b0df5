"""Write frames to an MP4 file."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from types import TracebackType
from typing import Self

import av
import numpy as np

from lucid.authoring.manifest import ModelInfo
from lucid.authoring.outputs import VideoOutput
from lucid.errors import DatasetError, MachineError
from lucid.media.codecs import MAX_BITRATE_BPS, encoder_kind
from lucid.media.i420 import PixelBuffer
from lucid.media.recording import Mp4File, Recording
from lucid.media.video import TIME_BASE, VideoEncoder

KEYFRAMES_S = 2.0
DEFAULT_FPS = 30


def frames_of(path: Path) -> Iterator[np.ndarray]:
    """Yield the frames of a video file, (H, W, 3) uint8 RGB.

    Raises:
        DatasetError: it cannot be read.
    """
    try:
        with av.open(str(path)) as video:
            for frame in video.decode(video=0):
                yield frame.to_ndarray(format="rgb24")
    except (OSError, av.FFmpegError) as error:
        raise DatasetError(
            f"the video {path} cannot be read: {error}",
            hint="an inputs log needs a video of the same name beside it, which ends in .mp4",
        ) from None


class Movie:
    """An MP4 file with the frames of one video output. Use it as a context manager."""

    def __init__(self, path: Path, output: VideoOutput, model: ModelInfo) -> None:
        """Open the file, which may exist.

        Raises:
            MachineError: it cannot be opened, or there is no H.264 encoder.
        """
        self._path = path
        kind = encoder_kind(Recording.codec, output.width, output.height)
        if kind is None:
            raise MachineError(
                "there is no H.264 encoder for a video", hint='pip install "lucid-runtime[serve]"'
            )
        self._fps = output.fps or DEFAULT_FPS
        self._encoder = VideoEncoder(kind, self._fps, MAX_BITRATE_BPS)
        self._pixels = PixelBuffer("rgb24", output.width, output.height)
        self._count = 0
        with self._writing():
            self._file = Mp4File(path, output, model)

    def add(self, frame: np.ndarray) -> None:
        """Add a frame, (H, W, 3) uint8 RGB.

        Raises:
            MachineError: it cannot be written.
        """
        self._pixels.fill(frame)
        picture = self._pixels.frame
        picture.pts, picture.time_base = round(self._count / self._fps / TIME_BASE), TIME_BASE
        is_keyframe = self._count % max(1, round(KEYFRAMES_S * self._fps)) == 0
        packets = self._encoder.encode(picture, is_keyframe, time.monotonic())
        self._count += 1
        with self._writing():
            for packet in packets:
                self._file.add(packet)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type | None, error: object, trace: TracebackType | None) -> None:
        """End the file.

        Raises:
            MachineError: The file could not be written.
        """
        with suppress(MachineError) if error is not None else nullcontext(), self._writing():
            self._file.close()

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except (OSError, av.FFmpegError) as error:
            raise MachineError(
                f"{self._path} cannot be written: {error.strerror or error}",
                hint="free some disk space, or name another file",
            ) from None
