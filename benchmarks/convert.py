"""Measure the conversion of frames to I420: `python benchmarks/convert.py`.

Prints milliseconds per frame (p50 of 100) as JSON for arrays in several layouts and ranges: of the
copy on the model's thread, and of the conversion where the frame is encoded. With a CUDA device,
it also prints the GPU time of conversion and copy, and of the copy alone.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from lucid import publish
from lucid.authoring.outputs import VideoOutput
from lucid.media.i420 import PixelWriter, to_i420

SIZES = [(640, 360), (1280, 720)]
KINDS: list[tuple[Any, Any]] = [
    ("HWC", "uint8"), ("CHW", "uint8"), ("HWC", "[0,1]"), ("CHW", "[-1,1]"),
]  # fmt: skip
RUNS = 100


def p50_ms(run: Callable[[], object]) -> float:
    """Return the median time of the runs."""
    took_s = []
    for _ in range(RUNS + 10):
        start_s = time.perf_counter()
        run()
        took_s.append(time.perf_counter() - start_s)
    return round(float(np.median(took_s[10:])) * 1000, 3)


def on_cpu(output: VideoOutput) -> dict[str, float]:
    """Measure the copy of an array of noise, and its conversion."""
    rng = np.random.default_rng(0)
    is_bytes = output.pixel_range == "uint8"
    frame = rng.integers(0, 256, output.frame_shape, np.uint8) if is_bytes else None
    sample = rng.random(output.frame_shape, np.float32) if frame is None else frame
    writer = PixelWriter(output)
    pixels = np.empty(writer.shape_of(sample), np.uint8)
    return {
        "copy": p50_ms(lambda: writer.write(sample, pixels)),
        "conversion": p50_ms(lambda: to_i420(pixels)),
    }


def on_gpu(output: VideoOutput) -> dict[str, float]:
    """Return the GPU time of conversion and copy and of the copy alone, and the port's waiting."""
    import torch

    writer = PixelWriter(output)
    is_bytes = output.pixel_range == "uint8"
    frame = torch.rand(output.frame_shape, device="cuda")
    frame = (frame * 255).to(torch.uint8) if is_bytes else frame
    i420 = np.empty(writer.shape_of(frame), np.uint8)
    pinned = torch.empty(i420.shape, dtype=torch.uint8, pin_memory=True)
    device = torch.zeros(i420.shape, dtype=torch.uint8, device="cuda")

    def write() -> None:
        wait = writer.write(frame, i420)
        assert wait is not None
        wait()

    def timed(run: Callable[[], object]) -> float:
        before, after = (torch.cuda.Event(enable_timing=True) for _ in range(2))
        took_ms = []
        for _ in range(RUNS + 10):
            torch.cuda.synchronize()
            before.record()
            run()
            after.record()
            torch.cuda.synchronize()
            took_ms.append(before.elapsed_time(after))
        return round(float(np.median(took_ms[10:])), 3)

    return {
        "conversion_and_copy": timed(write),
        "copy_alone": timed(lambda: pinned.copy_(device, non_blocking=True)),
        "on_the_ports_thread": p50_ms(lambda: writer.write(frame, i420)),
    }


def main() -> None:
    """Print the figures."""
    results: dict[str, Any] = {}
    for width, height in SIZES:
        for layout, pixel_range in KINDS:
            output = publish.video(
                name="v", width=width, height=height, layout=layout, pixel_range=pixel_range
            )
            case = f"{width}x{height} {layout} {pixel_range}"
            results[f"{case}, cpu"] = on_cpu(output)
            if _has_cuda():
                results[f"{case}, cuda"] = on_gpu(output)
    print(json.dumps(results, indent=2))


def _has_cuda() -> bool:
    try:
        import torch
    except ImportError:
        return False
    return bool(torch.cuda.is_available())


if __name__ == "__main__":
    main()
