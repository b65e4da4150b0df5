"""Convert torch tensors to I420 on their own device."""

from collections.abc import Callable

import numpy as np
import torch

from lucid.authoring.outputs import VideoOutput

_Y = (0.25678824, 0.50412941, 0.09790588)
_U = (-0.14822290, -0.29099279, 0.43921569)
_V = (0.43921569, -0.36778831, -0.07142737)
"""BT.601 in limited range, for RGB in 0..255."""


def as_array(frame: torch.Tensor) -> np.ndarray:
    """Return a CPU tensor as an array without a copy. bfloat16 becomes uint16: numpy lacks it."""
    frame = frame.detach()
    if frame.dtype == torch.bfloat16:
        frame = frame.view(torch.uint16)
    array: np.ndarray = frame.numpy()
    return array


def to_i420(output: VideoOutput, frame: torch.Tensor) -> torch.Tensor:
    """Convert a frame in the declared layout and range to (H * 3 / 2, W) uint8 on its device.

    This uses only elementwise operations, because the port's TF32 and autocast settings would
    change the colours of a matrix product.
    """
    with torch.inference_mode():
        rgb = frame if output.layout == "CHW" else frame.permute(2, 0, 1)
        rgb = rgb.float()
        if output.pixel_range != "uint8":
            scale, offset = (255.0, 0.5) if output.pixel_range == "[0,1]" else (127.5, 128.0)
            rgb = (rgb * scale + offset).clamp(0, 255).floor()
        halved = torch.nn.functional.avg_pool2d(rgb[None], 2)[0]
        planes = (_weighted(rgb, _Y, 16), _weighted(halved, _U, 128), _weighted(halved, _V, 128))
        i420 = torch.cat([plane.to(torch.uint8).flatten() for plane in planes])
        return i420.reshape(output.height * 3 // 2, output.width)


def write(output: VideoOutput, frame: torch.Tensor, i420: np.ndarray) -> Callable[[], None] | None:
    """Start converting a GPU frame into ``i420``; return a function that waits for it.

    The conversion runs on the port's stream, so the next step may overwrite the frame. The copy to
    pinned memory (1.5 bytes per pixel) runs on its own stream, in parallel with that step.
    """
    converted = to_i420(output, frame)
    if converted.device.type != "cuda":
        np.copyto(i420, converted.cpu().numpy())
        return None
    pinned = torch.empty(converted.shape, dtype=torch.uint8, pin_memory=True)
    stream = _copy_stream(converted.device)
    stream.wait_stream(torch.cuda.current_stream(converted.device))
    with torch.cuda.stream(stream):
        pinned.copy_(converted, non_blocking=True)
        copied = torch.cuda.Event()  # type: ignore[no-untyped-call]  # torch's is untyped
        copied.record(stream)
    converted.record_stream(stream)

    def wait() -> None:
        copied.synchronize()
        np.copyto(i420, pinned.numpy())

    return wait


def extremes(frame: torch.Tensor) -> Callable[[], tuple[float, float]]:
    """Start computing the minimum and maximum of a frame; return a function that waits for them.

    Both are NaN if any value is. On a GPU this runs on the port's stream, so the next step may
    overwrite the frame.
    """
    with torch.inference_mode():
        pair = torch.stack(frame.detach().float().aminmax())
    if pair.device.type != "cuda":
        return lambda: (float(pair[0]), float(pair[1]))
    pinned = torch.empty(2, pin_memory=True)
    pinned.copy_(pair, non_blocking=True)
    copied = torch.cuda.Event()  # type: ignore[no-untyped-call]  # torch's is untyped
    copied.record()

    def wait() -> tuple[float, float]:
        copied.synchronize()
        return float(pinned[0]), float(pinned[1])

    return wait


def _weighted(rgb: torch.Tensor, weights: tuple[float, float, float], base: int) -> torch.Tensor:
    red, green, blue = weights
    return rgb[0] * red + rgb[1] * green + rgb[2] * blue + (base + 0.5)


_copy_streams: dict[torch.device, torch.cuda.Stream] = {}


def _copy_stream(device: torch.device) -> torch.cuda.Stream:
    if device not in _copy_streams:
        _copy_streams[device] = torch.cuda.Stream(device)  # type: ignore[no-untyped-call]  # same
    return _copy_streams[device]
