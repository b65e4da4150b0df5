"""Copy the pixels of published frames, and convert them for the encoders.

``pixels`` are uint8: RGB in the layout that the output declares, or planar I420 (BT.601, limited
range) of shape (H * 3 / 2, W). The model's thread only copies a frame that is on the CPU; the
encoder's thread converts it. A frame on a GPU is converted to I420 on the GPU, because a copy of
I420 is smaller.
"""

from collections.abc import Callable
from typing import Any, Literal

import numpy as np
from av import VideoFrame
from av.video.reformatter import VideoReformatter

from lucid.authoring.outputs import VideoOutput

BLOCK_ROWS = 64

PixelFormat = Literal["rgb24", "gbrp", "yuv420p"]
"""A format of libav's: interleaved RGB, planes of green, blue and red, or I420."""


def i420_shape(width: int, height: int) -> tuple[int, int]:
    """Return (rows, columns) of an array that holds the Y, U and V planes one after the other."""
    return height * 3 // 2, width


def planes(i420: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return Y (H, W) and U, V (H / 2, W / 2) as views of an array (H * 3 / 2, W)."""
    width, height = i420.shape[1], i420.shape[0] * 2 // 3
    u, v = i420[height:].reshape(2, height // 2, width // 2)
    return i420[:height], u, v


def to_rgb(i420: np.ndarray) -> np.ndarray:
    """Convert to (H, W, 3) uint8 RGB, as a browser does."""
    return VideoFrame.from_ndarray(i420, format="yuv420p").to_ndarray(format="rgb24")


def to_i420(pixels: np.ndarray) -> np.ndarray:
    """Convert pixels to I420; return I420 as it is."""
    if (pixel_format := pixel_format_of(pixels)) == "yuv420p":
        return pixels
    width, height = size_of(pixels)
    buffer = PixelBuffer(pixel_format, width, height)
    buffer.fill(pixels)
    return convert(VideoReformatter(), buffer.frame, "yuv420p").to_ndarray()


def as_rgb(pixels: np.ndarray) -> np.ndarray:
    """Return pixels of any format as (H, W, 3) uint8 RGB."""
    match pixel_format_of(pixels):
        case "yuv420p":
            return to_rgb(pixels)
        case "gbrp":
            return np.ascontiguousarray(pixels.transpose(1, 2, 0))
    return pixels


def convert(reformatter: VideoReformatter, frame: VideoFrame, pixel_format: str) -> VideoFrame:
    """Convert a frame to another format on this thread only: the model needs the other cores."""
    return reformatter.reformat(frame, format=pixel_format, threads=1)


def pixel_format_of(pixels: np.ndarray) -> PixelFormat:
    """Return libav's name of the pixels' format."""
    if pixels.ndim == 2:
        return "yuv420p"
    return "rgb24" if pixels.shape[2] == 3 else "gbrp"


def size_of(pixels: np.ndarray) -> tuple[int, int]:
    """Return the width and height of the picture."""
    if pixels.ndim == 2:
        return pixels.shape[1], pixels.shape[0] * 2 // 3
    height, width = pixels.shape[:2] if pixels.shape[2] == 3 else pixels.shape[1:]
    return width, height


class PixelBuffer:
    """Reusable memory for the pixels of a frame, whose rows are padded for libav."""

    def __init__(self, pixel_format: PixelFormat, width: int, height: int) -> None:
        self.pixel_format = pixel_format
        self.frame = VideoFrame(width, height, pixel_format)
        rows = [
            np.asarray(plane, np.uint8).reshape(-1, plane.line_size) for plane in self.frame.planes
        ]
        if pixel_format == "rgb24":
            self._parts = [rows[0][:height, : width * 3].reshape(height, width, 3)]
        else:
            self._parts = [
                part[: plane.height, : plane.width]
                for part, plane in zip(rows, self.frame.planes, strict=True)
            ]

    def fill(self, pixels: np.ndarray) -> None:
        """Copy pixels of this format and size."""
        match self.pixel_format:
            case "rgb24":
                parts: Any = (pixels,)
            case "gbrp":
                parts = (pixels[1], pixels[2], pixels[0])
            case "yuv420p":
                parts = planes(pixels)
        for part, source in zip(self._parts, parts, strict=True):
            np.copyto(part, source)


class PixelWriter:
    """Copies the frames of one output. It reuses a buffer, so use it from one thread only."""

    def __init__(self, output: VideoOutput) -> None:
        self._output = output
        row = output.frame_shape[1:] if output.layout == "HWC" else output.frame_shape[2:]
        self._scaled = np.empty((BLOCK_ROWS, *row), np.float32)

    def shape_of(self, frame: Any) -> tuple[int, ...]:
        """Return the shape of the pixels of a frame: the frame's own or, on a GPU, that of I420."""
        if isinstance(frame, np.ndarray) or frame.device.type == "cpu":
            return self._output.frame_shape
        return i420_shape(self._output.width, self._output.height)

    def write(self, frame: Any, pixels: np.ndarray) -> Callable[[], None] | None:
        """Copy a frame in the declared layout and range into ``pixels`` (see ``shape_of``).

        The caller may overwrite the frame as soon as this returns. If the frame is on a GPU, the
        copy may still run: call the returned function once, on any thread, to wait for it.
        """
        if not isinstance(frame, np.ndarray):
            from lucid.media import tensors

            if frame.device.type != "cpu":
                return tensors.write(self._output, frame, pixels)
            frame = tensors.as_array(frame)
        if self._output.pixel_range == "uint8":
            np.copyto(pixels, frame, casting="unsafe")
        elif self._output.layout == "HWC":
            self._scale(frame, pixels)
        else:
            for channel, to in zip(frame, pixels, strict=True):
                self._scale(channel, to)
        return None

    def _scale(self, floats: np.ndarray, to: np.ndarray) -> None:
        """Convert float rows to bytes, in blocks that fit into the processor's cache."""
        scale, offset = (255.0, 0.5) if self._output.pixel_range == "[0,1]" else (127.5, 128.0)
        with np.errstate(all="ignore"):  # NaN becomes an arbitrary colour without a warning
            for top in range(0, len(to), BLOCK_ROWS):
                rows = floats[top : top + BLOCK_ROWS]
                scaled = self._scaled[: len(rows)]
                if rows.dtype == np.uint16:  # bfloat16: the upper half of a float32
                    np.left_shift(rows, 16, out=scaled.view(np.uint32), dtype=np.uint32)
                    rows = scaled
                np.multiply(rows, scale, out=scaled, dtype=np.float32, casting="same_kind")
                np.add(scaled, offset, out=scaled)
                np.clip(scaled, 0, 255, out=scaled)
                np.copyto(to[top : top + BLOCK_ROWS], scaled, casting="unsafe")
