"""What the checks keep of a published sample, before Lucid converts it."""

import math
import sys
from dataclasses import dataclass
from typing import Any

import numpy as np

from lucid.authoring.outputs import AudioOutput, Output, VideoOutput


@dataclass(frozen=True)
class Sample:
    """One published sample."""

    output: str
    count: int
    """The number of frames, audio samples or bytes."""
    low: float
    high: float
    """``low`` and ``high`` bound a subset of its values. Both are NaN if one is not finite."""
    ts_ms: float | None
    is_float: bool = False


def sample_of(output: Output, sample: Any, ts_ms: float | None) -> Sample:
    """Describe a sample. Never raises, whatever the sample is."""
    if isinstance(output, VideoOutput | AudioOutput):
        shape = tuple(getattr(sample, "shape", ()))
        count = int(shape[0]) if shape else 0
        if isinstance(output, VideoOutput) and len(shape) != 4:
            count = 1
        low, high = _range(sample)
        is_float = "float" in str(getattr(sample, "dtype", ""))
        return Sample(output.name, count, low, high, ts_ms, is_float)
    size = len(sample) if isinstance(sample, bytes | bytearray) else 1
    return Sample(output.name, size, 0.0, 0.0, ts_ms)


def _range(sample: Any) -> tuple[float, float]:
    torch = sys.modules.get("torch")  # without torch, the sample is no tensor
    if torch is not None and isinstance(sample, torch.Tensor):
        flat = sample.detach().reshape(-1)
        values = flat[:: max(1, flat.numel() // 4096)].float().cpu().numpy()
    elif isinstance(sample, np.ndarray) and sample.size and sample.dtype.kind in "fiub":
        flat = sample.ravel(order="K")  # memory order avoids a copy
        values = flat[:: max(1, flat.size // 4096)]
    else:
        return (0.0, 0.0)
    if values.dtype.kind == "f" and not np.isfinite(values).all():
        return (math.nan, math.nan)
    return (float(values.min()), float(values.max())) if values.size else (0.0, 0.0)
