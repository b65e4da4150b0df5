"""Convert RGB frames to planar I420 (BT.601, limited range), which encoders take."""

from collections.abc import Callable
from typing import Any

import numpy as np
from av import VideoFrame
from av.video.reformatter import VideoReformatter

from lucid.authoring.outputs import VideoOutput

BLOCK_ROWS = 64
SIMD_PIXELS = 32
"""swscale reads rows in blocks of this many pixels. Rows of another width need libav's padding."""
_GBR = (1, 2, 0)


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


class FrameConverter:
    """Converts the frames of one output. It reuses its buffers, so use it from one thread only."""

    def __init__(self, output: VideoOutput) -> None:
        self._output = output
        self._is_planar = output.layout == "CHW"
        width, height = output.width, output.height
        self._source = VideoFrame(width, height, "gbrp" if self._is_planar else "rgb24")
        rows = [_rows(plane, height) for plane in self._source.planes]
        if self._is_planar:
            self._parts: list[tuple[np.ndarray, Any]] = [
                (row[:, :width], channel) for row, channel in zip(rows, _GBR, strict=True)
            ]
        else:
            self._parts = [(rows[0][:, : width * 3].reshape(height, width, 3), ...)]
        self._scaled = np.empty((BLOCK_ROWS, *self._parts[0][0].shape[1:]), np.float32)
        self._swscale = VideoReformatter()

    def write(self, frame: Any, i420: np.ndarray) -> Callable[[], None] | None:
        """Convert a frame in the declared layout and range into ``i420`` (H * 3 / 2, W) uint8.

        The caller may overwrite the frame as soon as this returns. For a frame on a GPU, the copy
        is then still running: call the returned function once, from any thread, to wait for it.
        """
        if not isinstance(frame, np.ndarray):
            from lucid.media import tensors

            if frame.device.type != "cpu":
                return tensors.write(self._output, frame, i420)
            frame = tensors.as_array(frame)
        self._write_array(frame, i420)
        return None

    def _write_array(self, frame: np.ndarray, i420: np.ndarray) -> None:
        if self._can_be_read_in_place(frame):
            source = VideoFrame.from_numpy_buffer(frame, format="rgb24")
        else:
            source = self._source
            for part, channel in self._parts:
                if self._output.pixel_range == "uint8":
                    np.copyto(part, frame[channel], casting="unsafe")
                else:
                    self._scale(frame[channel], part)
        # Use one thread, because the model needs the other cores.
        converted = self._swscale.reformat(source, format="yuv420p", threads=1)
        for plane, to in zip(converted.planes, planes(i420), strict=True):
            np.copyto(to, _rows(plane, to.shape[0])[:, : to.shape[1]])

    def _can_be_read_in_place(self, frame: np.ndarray) -> bool:
        return (
            not self._is_planar
            and frame.dtype == np.uint8
            and frame.flags.c_contiguous
            and self._output.width % SIMD_PIXELS == 0
        )

    def _scale(self, floats: np.ndarray, to: np.ndarray) -> None:
        """Convert float rows to bytes, in blocks that fit into the processor's cache."""
        scale, offset = (255.0, 0.5) if self._output.pixel_range == "[0,1]" else (127.5, 128.0)
        with np.errstate(all="ignore"):  # NaN becomes an arbitrary colour without a warning
            for top in range(0, len(to), BLOCK_ROWS):
                rows = floats[top : top + BLOCK_ROWS]
                scaled = self._scaled[: len(rows)]
                np.multiply(rows, scale, out=scaled, dtype=np.float32, casting="same_kind")
                np.add(scaled, offset, out=scaled)
                np.clip(scaled, 0, 255, out=scaled)
                np.copyto(to[top : top + BLOCK_ROWS], scaled, casting="unsafe")


def _rows(plane: Any, height: int) -> np.ndarray:
    return np.frombuffer(plane, np.uint8).reshape(height, plane.line_size)
