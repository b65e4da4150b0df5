"""What a port published, checked against its declaration."""

from __future__ import annotations

import json
import sys
from typing import Any

import numpy as np

from lucid.authoring.outputs import (
    MAX_MESSAGE_BYTES,
    AudioOutput,
    BytesOutput,
    JsonOutput,
    VideoOutput,
)
from lucid.errors import FrameShapeError, FrameTypeError


def to_chunk(output: VideoOutput, sample: Any) -> Any:
    """A frame or chunk, checked, as a chunk: (T, ...) in the declared layout; a view.

    Raises:
        FrameTypeError: no array or tensor, or its dtype does not fit ``output.pixel_range``.
        FrameShapeError: its axes do not fit the declared size and layout.
    """
    if isinstance(sample, np.ndarray):
        is_float = sample.dtype.kind == "f"
    elif _is_tensor(sample):
        is_float = sample.dtype.is_floating_point
    else:
        raise FrameTypeError(
            output.name, "a numpy array or torch tensor", f"{type(sample).__name__}"
        )
    _check(output, tuple(sample.shape), str(sample.dtype), is_float=is_float)
    return sample if sample.ndim == 4 else sample[None]


def to_audio(output: AudioOutput, sample: Any) -> np.ndarray:
    """Samples as (N, channels) int16, C-contiguous, owned by Lucid.

    Raises:
        FrameTypeError: no array, or neither int16 nor float.
        FrameShapeError: neither (N,) of one channel nor (N, channels).
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
    """The value as JSON text.

    Raises:
        FrameTypeError: not JSON, or too large for one message.
    """
    try:
        text = json.dumps(sample, allow_nan=False, separators=(",", ":"))
    except (TypeError, ValueError) as error:
        raise FrameTypeError(output.name, "a JSON value", str(error)) from None
    _check_size(output.name, len(text.encode()))
    return text


def to_bytes(output: BytesOutput, sample: Any) -> bytes:
    """The byte string.

    Raises:
        FrameTypeError: no byte string, or too large for one message.
    """
    if not isinstance(sample, bytes | bytearray | memoryview):
        raise FrameTypeError(output.name, "bytes", type(sample).__name__)
    _check_size(output.name, memoryview(sample).nbytes)
    return bytes(sample)


def _is_tensor(sample: Any) -> bool:
    torch = sys.modules.get("torch")  # nobody has a tensor before somebody has torch
    return torch is not None and isinstance(sample, torch.Tensor)


def _check(output: VideoOutput, shape: tuple[int, ...], dtype: str, *, is_float: bool) -> None:
    if shape[-3:] != output.frame_shape or len(shape) not in (3, 4) or shape[0] == 0:
        raise FrameShapeError(output.name, output.frame_shape, shape, output.layout)
    if output.pixel_range == "uint8" and not dtype.endswith("uint8"):
        hint = 'declare pixel_range="[0,1]" or "[-1,1]", whichever it is' if is_float else None
        raise FrameTypeError(output.name, "uint8", dtype, hint)
    if output.pixel_range != "uint8" and not is_float:
        raise FrameTypeError(
            output.name,
            f"float in {output.pixel_range}",
            dtype,
            'declare pixel_range="uint8"' if dtype.endswith("uint8") else None,
        )


def _check_size(name: str, size_bytes: int) -> None:
    if size_bytes > MAX_MESSAGE_BYTES:
        raise FrameTypeError(
            name, f"at most {MAX_MESSAGE_BYTES:,} bytes", f"{size_bytes:,}", "split the message"
        )
