"""Check and convert the samples that a port publishes."""

import json
import math
import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from lucid.authoring.outputs import (
    MAX_MESSAGE_BYTES,
    AudioOutput,
    BytesOutput,
    JsonOutput,
    VideoOutput,
)
from lucid.errors import FrameShapeError, FrameTypeError, FrameValueError
from lucid.runtime import hints

_FLOATS = ("torch.float16", "torch.bfloat16", "torch.float32", "torch.float64")
"""The float types that a frame may have. Types of eight bits or fewer are too coarse."""


def to_chunk(output: VideoOutput, sample: Any) -> Any:
    """Check a frame or chunk; return a chunk, (T, ...) in the declared layout, as a view.

    Raises:
        FrameTypeError: It is not an array or tensor, or its dtype does not fit the pixel range.
        FrameShapeError: Its axes do not fit the declared size and layout.
    """
    if isinstance(sample, np.ndarray):
        is_float = sample.dtype.kind == "f"
        if isinstance(sample, np.ma.MaskedArray):
            raise FrameTypeError(
                output.name, "an array of pixels", "a masked array", "publish frame.filled(0)"
            )
    elif _is_tensor(sample):
        is_float = str(sample.dtype) in _FLOATS
        _check_memory(output, sample)
    else:
        raise FrameTypeError(
            output.name,
            "a numpy array or torch tensor",
            type(sample).__name__,
            hints.type_hint(sample),
        )
    shape = tuple(sample.shape)
    if shape[-3:] != output.frame_shape or len(shape) not in (3, 4) or shape[0] == 0:
        hint = hints.shape_hint(output, shape)
        raise FrameShapeError(output.name, output.frame_shape, shape, output.layout, hint)
    dtype, is_bytes = str(sample.dtype), output.pixel_range == "uint8"
    if dtype not in ("uint8", "torch.uint8") if is_bytes else not is_float:
        raise FrameTypeError(
            output.name,
            "uint8" if is_bytes else f"float in {output.pixel_range}",
            dtype,
            hints.dtype_hint(output, sample, dtype),
        )
    return sample if sample.ndim == 4 else sample[None]


def to_audio(output: AudioOutput, sample: Any) -> np.ndarray:
    """Convert samples to (N, channels) int16, C-contiguous, in memory of their own.

    Raises:
        FrameTypeError: They are not an array of int16 or float numbers.
        FrameShapeError: Their shape is neither (N,) with one channel nor (N, channels).
    """
    if _is_tensor(sample):
        sample = sample.detach().cpu().numpy()
    if not isinstance(sample, np.ndarray):
        raise FrameTypeError(output.name, "an array of samples", type(sample).__name__)
    samples = sample[:, None] if sample.ndim == 1 and output.channels == 1 else sample
    if samples.ndim != 2 or samples.shape[1] != output.channels:
        raise FrameShapeError(output.name, (-1, output.channels), sample.shape, "samples, channels")
    if samples.dtype == np.int16:
        return np.array(samples, order="C")
    if samples.dtype.kind != "f":
        raise FrameTypeError(output.name, "int16 or float samples", str(sample.dtype))
    clipped = np.clip(np.nan_to_num(samples.astype(np.float32)), -1.0, 1.0)
    return np.ascontiguousarray(np.rint(clipped * 32767.0).astype(np.int16))


def to_json(output: JsonOutput, sample: Any) -> str:
    """Return a value as JSON text.

    Raises:
        FrameTypeError: It is not JSON, or too large for one message.
    """
    try:
        text = json.dumps(sample, allow_nan=False, separators=(",", ":"))
    except (TypeError, ValueError) as error:
        raise FrameTypeError(output.name, "a JSON value", str(error)) from None
    _check_size(output.name, len(text.encode()))
    return text


def to_bytes(output: BytesOutput, sample: Any) -> bytes:
    """Return a copy of a byte string.

    Raises:
        FrameTypeError: It is not a byte string, or too large for one message.
    """
    if not isinstance(sample, bytes | bytearray | memoryview):
        raise FrameTypeError(output.name, "bytes", type(sample).__name__)
    _check_size(output.name, memoryview(sample).nbytes)
    return bytes(sample)


def _is_tensor(sample: Any) -> bool:
    torch = sys.modules.get("torch")  # without torch there are no tensors
    return torch is not None and isinstance(sample, torch.Tensor)


def _check_memory(output: VideoOutput, tensor: Any) -> None:
    """Refuse a tensor whose pixels cannot be read."""
    if tensor.device.type == "meta":
        hint = "load the weights: a model on the meta device computes nothing"
    elif str(tensor.layout) != "torch.strided":
        hint = "publish frame.to_dense()"
    elif tensor.is_quantized:
        hint = "publish frame.dequantize()"
    else:
        return
    kind = f"{tensor.dtype} on {tensor.device.type}, {tensor.layout}"
    raise FrameTypeError(output.name, "a tensor that holds pixels", kind, hint)


def _check_size(name: str, size_bytes: int) -> None:
    if size_bytes > MAX_MESSAGE_BYTES:
        raise FrameTypeError(
            name, f"at most {MAX_MESSAGE_BYTES:,} bytes", f"{size_bytes:,}", "split the message"
        )


CHECK_EVERY = 32
"""Frames from one check to the next, because a check reads every pixel."""
MAX_OUTSIDE = 3
"""Consecutive checks with values outside of the range before an error is reported, because a
decoder may overshoot sometimes."""
MARGIN = 0.25
"""How far outside of the range values may be, as a share of its width. They are clipped."""

Extremes = Callable[[], tuple[float, float]]
"""Waits for the minimum and the maximum of a frame, and returns them; NaN if any value is NaN."""


class FrameValueCheck:
    """Checks the values of some float frames of one output, and reports at most one error."""

    def __init__(self, output: VideoOutput) -> None:
        self._output = output
        self._low = 0.0 if output.pixel_range == "[0,1]" else -1.0
        self._outside = 0
        self._done = output.pixel_range == "uint8"

    def measure(self, index: int, frame: Any) -> Extremes | None:
        """Start to measure a frame on its own device; return None if it need not be checked.

        The frame may change as soon as this returns.
        """
        if self._done or index % CHECK_EVERY:
            return None
        if isinstance(frame, np.ndarray):
            extremes = float(frame.min()), float(frame.max())
            return lambda: extremes
        from lucid.media import tensors

        return tensors.extremes(frame)

    def judge(self, extremes: Extremes) -> FrameValueError | None:
        """Return the error of a measured frame, unless an error was returned before."""
        error = self._error(*extremes())
        self._done = self._done or error is not None
        return error

    def _error(self, low: float, high: float) -> FrameValueError | None:
        name, declared = self._output.name, self._output.pixel_range
        overflow_hint = "often float16 overflows: try bfloat16, or decode in float32"
        if math.isnan(low) or math.isnan(high):
            return FrameValueError(
                f"{name} contains NaN values: they play as black or green", hint=overflow_hint
            )
        if math.isinf(low) or math.isinf(high):
            return FrameValueError(f"{name} contains infinite values", hint=overflow_hint)
        margin = MARGIN * (1.0 - self._low)
        is_inside = self._low - margin <= low and high <= 1.0 + margin
        self._outside = 0 if is_inside else self._outside + 1
        if self._outside < MAX_OUTSIDE:
            return None
        fits = high <= 1.0 + 2 * MARGIN and low >= -1.0 - 2 * MARGIN
        fix = 'declare pixel_range="[-1,1]"' if fits else "scale the frames to that range"
        return FrameValueError(
            f"{name} has values from {low:.3g} to {high:.3g}, but the declared range is "
            f"{declared}: values outside of it are clipped",
            hint=f"{fix}, or clamp the values if they are intended",
        )
