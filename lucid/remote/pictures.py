"""Decode what engines send: raw pixels, JPEG, WebP, and fragmented MP4."""

from __future__ import annotations

import io
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import av
import numpy as np
from av.video.codeccontext import VideoCodecContext
from numpy.typing import NDArray
from PIL import Image

from lucid.remote.engine import RemoteEngine

MAX_FRAMES = 1024
"""How many frames of a video may be announced and not complete."""
MAX_BYTES = 64 * 1024 * 1024
"""How long a fragment of a video may be."""

Picture = NDArray[np.uint8] | bytes | av.VideoFrame
"""(H, W, 3) uint8 RGB, a JPEG or WebP file, or a decoded frame of a video."""


@dataclass(frozen=True)
class Batch:
    """Pictures that arrive together."""

    chunk: int
    """The number of the engine's chunk that they belong to."""
    event_id: int | None
    """The newest event that they show; None if that is not known."""
    pictures: Sequence[Picture]


def as_rgb(picture: Picture, engine: RemoteEngine) -> NDArray[np.uint8]:
    """Return a picture as (H, W, 3) uint8 RGB.

    Raises:
        RemoteError: it has another size than the engine's pictures.
        OSError, ValueError: it cannot be decoded.
    """
    if isinstance(picture, bytes):
        try:
            with Image.open(io.BytesIO(picture), formats=("JPEG", "WEBP")) as file:
                engine.check_size(*file.size)  # before its pixels take memory
                return np.asarray(file.convert("RGB"))
        except Image.DecompressionBombError as error:
            raise ValueError(str(error)) from error
    if isinstance(picture, av.VideoFrame):
        engine.check_size(picture.width, picture.height)
        return picture.to_ndarray(format="rgb24").astype(np.uint8, copy=False)
    engine.check_size(picture.shape[1], picture.shape[0])
    return picture


class Mp4Stream:
    """Decodes a fragmented MP4 of H.264, which arrives in pieces that may be cut anywhere."""

    def __init__(self, engine: RemoteEngine) -> None:
        self._engine = engine
        self._head = b""  # its ftyp and moov, without which no fragment can be read
        self._rest = b""  # the beginning of a fragment
        self._decoder: VideoCodecContext | None = None
        self._labels: deque[tuple[int, int | None]] = deque(maxlen=MAX_FRAMES)

    def read(self, piece: bytes, chunk: int, event_id: int | None, frames: int) -> list[Batch]:
        """Return the frames that are complete now; ``frames`` more are said to be in the stream.

        An encoder may keep a frame back, which then comes with the first piece of the next chunk.

        Raises:
            RemoteError: they have another size than the engine's pictures.
            OSError, TypeError, ValueError: they cannot be decoded.
        """
        self._labels.extend([(chunk, event_id)] * min(frames, MAX_FRAMES))
        label = chunk, event_id
        batches = []
        for frame in self._complete(piece):
            label = self._labels.popleft() if self._labels else label
            batches.append(Batch(*label, [frame]))
        return batches

    def _complete(self, piece: bytes) -> list[av.VideoFrame]:
        self._rest += piece
        if len(self._rest) > MAX_BYTES:
            raise ValueError(f"an MP4 fragment of more than {MAX_BYTES} bytes")
        whole = 0
        for kind, end in _boxes(self._rest):
            if kind == b"moov":
                self._head, self._rest, whole = self._rest[:end], self._rest[end:], 0
                return self._complete(b"")
            if kind == b"mdat":
                whole = end
        complete, self._rest = self._rest[:whole], self._rest[whole:]
        try:
            return list(self._decode(self._head + complete)) if complete else []
        except av.FFmpegError as error:  # some of these are of no other kind
            raise ValueError(str(error)) from error

    def _decode(self, data: bytes) -> Iterator[av.VideoFrame]:
        with av.open(io.BytesIO(data), mode="r", format="mp4") as container:
            stream = container.streams.video[0]
            self._engine.check_size(stream.codec_context.width, stream.codec_context.height)
            if self._decoder is None:  # it outlives the container, as fragments build on each other
                made = av.CodecContext.create(stream.codec_context.name, "r")
                assert isinstance(made, VideoCodecContext)
                made.extradata = stream.codec_context.extradata
                made.thread_count = 1  # more threads would keep frames back
                self._decoder = made
            for packet in container.demux(stream):
                if packet.size:
                    yield from self._decoder.decode(packet)


def _boxes(data: bytes) -> Iterator[tuple[bytes, int]]:
    """Yield the kind and the end of each complete box of an MP4 file."""
    at = 0
    while at + 8 <= len(data):
        size = int.from_bytes(data[at : at + 4])
        if size < 8:
            raise ValueError(f"an MP4 box of {size} bytes")
        if at + size > len(data):
            return
        yield data[at + 4 : at + 8], at + size
        at += size
