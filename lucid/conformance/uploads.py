"""What an input accepts: files, pictures, short videos, frames of a camera, and sound."""

import io
from collections.abc import Mapping
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lucid.authoring.captures import CameraFrame, CameraSpec, MicrophoneSound
from lucid.authoring.files import FileSpec, InputFile, file_of

VIDEO_SIZE = (96, 64)
VIDEO_FRAMES = 144
VIDEO_FPS = 24


def upload(spec: FileSpec, variant: int) -> InputFile:
    """Return a file that the spec accepts. Each ``variant`` is a different file."""
    types = spec.mime_types
    if spec.kind == "image" or not types or "image/png" in types:
        return picture(spec, variant)
    if "video/mp4" in types or "video/*" in types:
        return file_of(_video(variant), "conformance.mp4", "video/mp4")
    return file_of(b"conformance %d" % variant, "conformance.bin", types[0])


def captured(capture: Mapping[str, Any], variant: int) -> CameraFrame | MicrophoneSound:
    """Return a frame or sound as the parameter declares it. Each ``variant`` is different."""
    if capture["kind"] == "camera":
        spec = CameraSpec.model_validate(capture)
        rgb = _bands(spec.size, variant)
        pixels = rgb if spec.layout == "HWC" else rgb.transpose(2, 0, 1).copy()
        return CameraFrame(pixels, 40.0 * variant)
    count = capture["sample_rate_hz"] // 25
    tone = np.sin(np.arange(count) * (0.3 + 0.2 * variant)) * (0.8 - 0.3 * variant)
    return MicrophoneSound(tone.astype(np.float32), 40.0 * variant)


def picture(
    spec: FileSpec, variant: int, size: tuple[int, int] | None = None, mode: str = "RGB"
) -> InputFile:
    """Return a PNG of the given size, by default the size that the spec asks for."""
    return png(_bands(size or spec.size or (96, 64), variant), mode)


def png(rgb: NDArray[np.uint8], mode: str = "RGB") -> InputFile:
    """Return a picture (H, W, 3) as a PNG of a mode."""
    from PIL import Image

    data = io.BytesIO()
    Image.fromarray(rgb).convert(mode).save(data, "PNG")
    return file_of(data.getvalue(), "conformance.png", "image/png")


def landscape(size: tuple[int, int]) -> NDArray[np.uint8]:
    """Return a blue sky with a sun on the right, over a meadow with a red house on the left.

    (height, width, 3). Mirrored, turned or with other colours, it is another picture.
    """
    width, height = size
    y, x = np.mgrid[:height, :width] / np.array([height, width])[:, None, None]
    sky = np.stack([90 + 100 * y, 140 + 90 * y, 230 + 20 * y], -1)
    meadow = np.stack([60 + 40 * x, 130 - 60 * (y - 0.5), 30 + 0 * y], -1)
    rgb = np.where((y < 0.5)[..., None], sky, meadow)
    rgb[(abs(x - 0.25) < 0.13) & (abs(y - 0.55) < 0.25)] = (170, 40, 30)
    rgb[(x - 0.8) ** 2 + (y - 0.2) ** 2 < 0.02] = (255, 235, 120)
    return rgb.clip(0, 255).astype(np.uint8)


def broken_picture() -> InputFile:
    """Return a file that starts like a PNG and cannot be decoded."""
    data = b"\x89PNG\r\n\x1a\n" + b"not a picture" * 9
    return file_of(data, "conformance.png", "image/png")


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
