"""Files to upload: pictures and short videos that an input accepts."""

from __future__ import annotations

import hashlib
import io
from functools import cache

import numpy as np
from numpy.typing import NDArray

from lucid.authoring.files import FileSpec, InputFile

VIDEO_SIZE = (96, 64)
VIDEO_FRAMES = 144
VIDEO_FPS = 24


def upload(spec: FileSpec, variant: int) -> InputFile:
    """Return a file that the spec accepts. Each ``variant`` is a different file."""
    types = spec.mime_types
    if spec.kind == "image" or not types or "image/png" in types:
        return picture(spec, variant)
    if "video/mp4" in types or "video/*" in types:
        return _file(_video(variant), "video/mp4", "conformance.mp4")
    return _file(b"conformance %d" % variant, types[0], "conformance.bin")


def picture(
    spec: FileSpec, variant: int, size: tuple[int, int] | None = None, mode: str = "RGB"
) -> InputFile:
    """Return a PNG of the given size, by default the size that the spec asks for."""
    from PIL import Image

    image = Image.fromarray(_bands(size or spec.size or (96, 64), variant)).convert(mode)
    data = io.BytesIO()
    image.save(data, "PNG")
    return _file(data.getvalue(), "image/png", "conformance.png")


def broken_picture() -> InputFile:
    """Return a file that starts like a PNG and cannot be decoded."""
    return _file(b"\x89PNG\r\n\x1a\n" + b"not a picture" * 9, "image/png", "conformance.png")


def _bands(size: tuple[int, int], variant: int) -> NDArray[np.uint8]:
    width, height = size
    y, x = np.mgrid[:height, :width]
    bands = (x * (variant + 2) // 8 + y * (3 - variant % 3) // 8) % 2 * 120
    rgb = np.stack([bands + 100 * (variant % 2), 160 - bands // 2, y * 180 // height], -1)
    return rgb.clip(0, 255).astype(np.uint8)


@cache
def _video(variant: int) -> bytes:
    """Return an MP4 of six seconds that moves to the left."""
    import av

    width, height = VIDEO_SIZE
    bands = _bands((width + VIDEO_FRAMES, height), variant)
    data = io.BytesIO()
    with av.open(data, "w", format="mp4") as container:
        stream = container.add_stream("mpeg4", VIDEO_FPS)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        for index in range(VIDEO_FRAMES):
            view = np.ascontiguousarray(bands[:, index : index + width])
            container.mux(stream.encode(av.VideoFrame.from_ndarray(view, format="rgb24")))
        container.mux(stream.encode())
    return data.getvalue()


def _file(data: bytes, mime_type: str, filename: str) -> InputFile:
    sha256 = hashlib.sha256(data).hexdigest()
    return InputFile(sha256[:12], filename, mime_type, len(data), sha256, data)
