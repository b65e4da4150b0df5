"""Convert the frames of both sides to one form, compare them, and explain a difference."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from lucid.authoring.outputs import VideoOutput

Frames = np.ndarray
"""The frames of one chunk: (T, H, W, 3) RGB, uint8, or floats from 0 to 1."""

_ROUNDING = 1e-3
"""Rounding: one step of an 8-bit pixel that was a float from 0 to 1 is a little over 1/255."""
_USUAL_FAULTS: tuple[tuple[str, Callable[[Frames], Frames]], ...] = (
    ("red and blue are swapped", lambda frames: frames[..., ::-1]),
    ("the order of the frames is reversed", lambda frames: frames[::-1]),
    ("left and right are mirrored", lambda frames: frames[:, :, ::-1]),
    ("top and bottom are mirrored", lambda frames: frames[:, ::-1]),
    ("the pictures are negatives", lambda frames: 255 - frames),
    ("the range of the pixels is wrong: [-1,1] as [0,1]", lambda frames: frames * 2 - 255),
    ("the range of the pixels is wrong: [0,1] as [-1,1]", lambda frames: frames / 2 + 127.5),
)


def port_frames(sample: Any, output: VideoOutput) -> Frames:
    """Convert a sample that a port publishes to float32 (T, H, W, 3) from 0 to 255."""
    if hasattr(sample, "detach"):
        sample = sample.detach().float().cpu()
    frames = np.asarray(sample, np.float32).reshape(-1, *output.frame_shape)
    if output.layout == "CHW":
        frames = frames.transpose(0, 2, 3, 1)
    low, scale = {"uint8": (0, 1), "[0,1]": (0, 255), "[-1,1]": (-1, 127.5)}[output.pixel_range]
    return ((frames - low) * scale).clip(0, 255)


def upstream_frames(frames: Frames) -> Frames:
    """Convert upstream's frames to float32 (T, H, W, 3) from 0 to 255."""
    frames = np.asarray(frames)
    scale = 1 if frames.dtype == np.uint8 else 255
    return frames.astype(np.float32).clip(0, 255 / scale) * scale


def difference(one: Sequence[Frames], other: Sequence[Frames]) -> float:
    """Return the largest difference of two rollouts in units of 1/255; inf if shapes differ."""
    if [frames.shape for frames in one] != [frames.shape for frames in other]:
        return float("inf")
    return max(float(np.abs(a - b).max()) for a, b in zip(one, other, strict=True))


def compare(where: str, ours: Sequence[Frames], theirs: Sequence[Frames], tolerance: float) -> None:
    """Compare the chunks of a rollout. ``tolerance`` is in units of 1/255.

    Upstream may cut the end of the last chunk.

    Raises:
        AssertionError: A frame differs. The message names the first one and the likely fault.
    """
    assert len(ours) == len(theirs), (
        f"{where}: the engine made {len(ours)} chunks, upstream {len(theirs)}"
    )
    for number, (mine, right) in enumerate(zip(ours, theirs, strict=True), 1):
        if number == len(theirs):
            mine = mine[: len(right)]
        assert mine.shape == right.shape, (
            f"{where}, chunk {number}: the engine's frames are {mine.shape}, upstream's are "
            f"{right.shape}: (frames, height, width, channels)"
        )
        gap = np.abs(mine - right)
        if (worst := float(gap.max())) <= tolerance + _ROUNDING:
            continue
        frame, y, x = (int(place[0]) for place in np.nonzero((gap > tolerance).any(-1)))
        raise AssertionError(
            f"{where}, chunk {number}, frame {frame + 1}: the engine's pictures differ from "
            f"upstream's by up to {worst:.3g}/255, and {tolerance:g}/255 is allowed; first at "
            f"(y, x) = ({y}, {x}).{_explanation(number - 1, ours, theirs)}"
        )


def _explanation(chunk: int, ours: Sequence[Frames], theirs: Sequence[Frames]) -> str:
    mine, right = ours[chunk], theirs[chunk]
    gaps = {text: _gap(change(mine), right) for text, change in _USUAL_FAULTS}
    if chunk:
        gaps["the engine is one chunk late"] = _gap(mine, theirs[chunk - 1])
    if chunk + 1 < len(theirs):
        gaps["the engine is one chunk early"] = _gap(mine, theirs[chunk + 1])
    likely = min(gaps, key=lambda text: gaps[text])
    if gaps[likely] < _gap(mine, right) / 4:
        return f" They nearly match if {likely}."
    if chunk:
        return (
            " The earlier chunks are equal: check the effect of this chunk's inputs and position."
        )
    return ""


def _gap(mine: Frames, right: Frames) -> float:
    return float(np.abs(mine - right).mean()) if mine.shape == right.shape else float("inf")
