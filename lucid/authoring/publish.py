"""Declare outputs: ``publish.video``, ``publish.audio``, ``publish.json``, ``publish.bytes``."""

from __future__ import annotations

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
    """Frames of ``width`` x ``height``; ``layout`` and ``pixel_range`` say what the port publishes.

    ``fps`` is the rate at which the world moves; without it frames show as the model makes them, at
    most 60 a second. A sample is one frame or a chunk (T, ...) of them, as a numpy array or a torch
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
    """Samples of shape (N,) or (N, channels): int16, or float in [-1, 1]."""
    return AudioOutput.model_construct(
        name=name, description=description, sample_rate_hz=sample_rate_hz, channels=channels
    )


def json(*, name: str, description: str = "") -> JsonOutput:
    """Any JSON value of at most 192 KiB encoded."""
    return JsonOutput.model_construct(name=name, description=description)


def bytes(
    *, name: str, mime_type: str = "application/octet-stream", description: str = ""
) -> BytesOutput:
    """Byte strings of at most 192 KiB."""
    return BytesOutput.model_construct(name=name, description=description, mime_type=mime_type)
