"""Declare outputs: ``publish.video``, ``publish.audio``, ``publish.json``, ``publish.bytes``."""

from typing import Literal

from lucid.authoring.outputs import (
    AudioOutput,
    BytesOutput,
    JsonOutput,
    Layout,
    PixelRange,
    VideoOutput,
)


def video(
    *,
    name: str,
    width: int,
    height: int,
    fps: float | None = None,
    layout: Layout = "HWC",
    pixel_range: PixelRange = "uint8",
    description: str = "",
) -> VideoOutput:
    """Declare a video output of ``width`` x ``height`` pixels.

    ``layout`` and ``pixel_range`` describe the frames that the port publishes. ``fps`` is the frame
    rate of the world; without it, frames are shown as soon as the model makes them, at most 60 per
    second. A sample is one frame or a chunk (T, ...) of frames, as a numpy array or as a torch
    tensor on any device.
    """
    return VideoOutput.model_construct(
        name=name,
        description=description,
        width=width,
        height=height,
        fps=fps,
        layout=layout,
        pixel_range=pixel_range,
    )


def audio(
    *, name: str, sample_rate_hz: int = 48_000, channels: Literal[1, 2] = 1, description: str = ""
) -> AudioOutput:
    """Declare an audio output. A sample has shape (N,) or (N, channels), int16 or float in
    [-1, 1]."""
    return AudioOutput.model_construct(
        name=name, description=description, sample_rate_hz=sample_rate_hz, channels=channels
    )


def json(*, name: str, description: str = "") -> JsonOutput:
    """Declare an output of JSON values, each at most 192 KiB when encoded."""
    return JsonOutput.model_construct(name=name, description=description)


def bytes(
    *, name: str, mime_type: str = "application/octet-stream", description: str = ""
) -> BytesOutput:
    """Declare an output of byte strings, each at most 192 KiB."""
    return BytesOutput.model_construct(name=name, description=description, mime_type=mime_type)
