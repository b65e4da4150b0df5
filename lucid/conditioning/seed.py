"""Turn a seed frame into the picture or clip that a rollout starts from."""

from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from lucid.authoring.pictures import decode

_AXES = {"THWC": (0, 1, 2, 3), "TCHW": (0, 3, 1, 2), "CTHW": (3, 0, 1, 2)}


def read_picture(path: Path, size: tuple[int, int]) -> NDArray[np.uint8]:
    """Return a picture file as (H, W, 3) uint8 RGB, centre-cropped and resized to ``size``.

    ``size`` is (width, height).

    Raises:
        OSError: The file cannot be read.
        UploadError: The file is not a picture.
    """
    from PIL import ImageOps

    return np.array(ImageOps.fit(decode(path.name, path.read_bytes()), size))


def seed_picture(seed_frame: NDArray[np.uint8] | None, size: tuple[int, int]) -> NDArray[np.uint8]:
    """Return the (H, W, 3) uint8 picture that a rollout starts from.

    ``size`` is (width, height). Without a seed frame the picture is plain grey.

    Raises:
        ValueError: The seed frame is not uint8, or has another size.
    """
    width, height = size
    if seed_frame is None:
        return np.full((height, width, 3), 128, np.uint8)
    _check("seed frame", seed_frame, (height, width, 3))
    return seed_frame


def seed_video(frames: NDArray[np.uint8], size: tuple[int, int], count: int) -> NDArray[np.uint8]:
    """Return the (count, H, W, 3) uint8 frames of a video that a rollout continues.

    ``size`` is (width, height).

    Raises:
        ValueError: The frames are not uint8, or have another size or number.
    """
    width, height = size
    _check("seed clip", frames, (count, height, width, 3))
    return frames


def seed_clip(
    seed_frame: NDArray[np.uint8] | None,
    size: tuple[int, int],
    frames: int = 1,
    *,
    axes: Literal["THWC", "TCHW", "CTHW"] = "THWC",
    pixel_range: Literal["uint8", "[0,1]", "[-1,1]"] = "uint8",
) -> NDArray[Any]:
    """Return ``seed_picture`` repeated ``frames`` times, contiguous, in the model's axes and range.

    The dtype is float32 if the range is not uint8.

    Raises:
        ValueError: The seed frame is not uint8, or has another size.
    """
    picture = seed_picture(seed_frame, size)
    clip: NDArray[Any] = np.broadcast_to(picture, (frames, *picture.shape))
    if pixel_range == "[0,1]":
        clip = clip.astype(np.float32) / 255
    elif pixel_range == "[-1,1]":
        clip = clip.astype(np.float32) / 127.5 - 1
    return np.ascontiguousarray(clip.transpose(_AXES[axes]))


def _check(what: str, array: NDArray[Any], shape: tuple[int, ...]) -> None:
    if array.dtype == np.uint8 and array.shape == shape:
        return
    raise ValueError(
        f"a {what} of this model is uint8 of shape {shape}, got {array.dtype} of shape "
        f"{array.shape}: `InputFile.rgb(size=(WIDTH, HEIGHT))` and `read_clip` make it fit"
    )
