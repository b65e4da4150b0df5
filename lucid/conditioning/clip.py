"""Read the last frames of an uploaded video, which a model continues."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from lucid.errors import UploadError, reason

if TYPE_CHECKING:
    from lucid.authoring.files import InputFile

_LONGEST_S = 120


def read_clip(video: InputFile, size: tuple[int, int], frames: int) -> NDArray[np.uint8]:
    """Return the last ``frames`` frames of a video as (frames, H, W, 3) uint8 RGB.

    They are centre-cropped and resized to ``size`` (width, height).

    Raises:
        UploadError: The file is not a video, has too few frames, or is longer than two minutes.
    """
    import av
    from PIL import Image, ImageOps

    last: deque[av.VideoFrame] = deque(maxlen=frames)
    try:
        with av.open(video.open(), mode="r") as container:
            for frame in container.decode(video=0):
                if frame.time is not None and frame.time > _LONGEST_S:
                    raise UploadError(
                        f"{video.filename}: it is longer than {_LONGEST_S} s",
                        hint="send a shorter video",
                    )
                last.append(frame)
    except (av.FFmpegError, IndexError) as error:
        raise UploadError(
            f"{video.filename}: not a video that Lucid can read ({reason(error)})",
            hint="send an MP4 file",
        ) from error
    if len(last) < frames:
        raise UploadError(
            f"{video.filename}: {len(last)} frames are too few",
            hint=f"send a video of {frames} frames or more",
        )
    pictures = (Image.fromarray(frame.to_ndarray(format="rgb24")) for frame in last)
    return np.stack([np.asarray(ImageOps.fit(picture, size)) for picture in pictures])
