"""Convert a recording into an animated GIF, for places that show no video."""

import io
from collections.abc import Iterator
from pathlib import Path

import av
from PIL import Image

FPS, MOST_FRAMES, SIDE = 10, 300, 320
"""Pictures per second, the most pictures (30 s), and the pixels of the longer side. A GIF of a
landscape then has about 5 MB, and a GIF of noise less than 30 MB."""


def gif_of(video: Path) -> bytes:
    """Return the last 30 s of an MP4 file as a GIF that repeats for ever. This takes seconds."""
    first, *others = _pictures(video)
    target = io.BytesIO()
    first.save(target, "GIF", save_all=True, append_images=others, duration=1000 // FPS, loop=0)
    return target.getvalue()


def _pictures(video: Path) -> Iterator[Image.Image]:
    with av.open(str(video)) as container:
        length_s = (container.duration or 0) / av.time_base
        due_s = max(0.0, length_s - MOST_FRAMES / FPS)
        for frame in container.decode(video=0):
            if frame.time is None or frame.time < due_s:
                continue
            due_s += 1 / FPS
            scale = min(1.0, SIDE / max(frame.width, frame.height))
            width, height = round(frame.width * scale), round(frame.height * scale)
            small = frame.reformat(width, height, "rgb24", interpolation="AREA")
            yield Image.fromarray(small.to_ndarray()).quantize(128)
