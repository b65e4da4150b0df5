"""Declare outputs: ``publish.video``, ``publish.audio``, ``publish.json``, ``publish.bytes``."""

from __future__ import annotations

import re
from typing import Literal, get_args

from lucid.authoring.outputs import (
    AudioOutput,
    BytesOutput,
    JsonOutput,
    Layout,
    PixelRange,
    VideoOutput,
)
from lucid.errors import DeclarationError

MAX_MESSAGE_BYTES = 192 * 1024
"""Largest json or bytes sample, so that one always fits a data-channel message."""


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
    where = f"publish.video(name={name!r})"
    _check_name("publish.video", name)
    for axis, size in (("width", width), ("height", height)):
        if not isinstance(size, int) or size < 16 or size % 2:
            raise DeclarationError(
                f"{where}: {axis} must be an even number of pixels, 16 or more, got {size!r}",
                hint="video codecs halve the colour planes: pad or crop the frame by one pixel",
            )
    if fps is not None and not 0 < fps <= 240:
        raise DeclarationError(
            f"{where}: fps must be above 0 and at most 240, got {fps!r}",
            hint="leave fps out to show frames as the model makes them",
        )
    for option, value, allowed in (
        ("layout", layout, get_args(Layout)),
        ("pixel_range", pixel_range, get_args(PixelRange)),
    ):
        if value not in allowed:
            raise DeclarationError(
                f"{where}: {option} must be one of {', '.join(map(repr, allowed))}, got {value!r}"
            )
    return VideoOutput(
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
    _check_name("publish.audio", name)
    if sample_rate_hz not in (8_000, 16_000, 24_000, 32_000, 44_100, 48_000):
        raise DeclarationError(
            f"publish.audio(name={name!r}): {sample_rate_hz!r} is no usual sample_rate_hz",
            hint="write 48000, 44100, 32000, 24000, 16000 or 8000",
        )
    if channels not in (1, 2):
        raise DeclarationError(
            f"publish.audio(name={name!r}): channels must be 1 or 2, got {channels!r}"
        )
    return AudioOutput(
        name=name, description=description, sample_rate_hz=sample_rate_hz, channels=channels
    )


def json(*, name: str, description: str = "") -> JsonOutput:
    """Any JSON value of at most 192 KiB encoded."""
    _check_name("publish.json", name)
    return JsonOutput(name=name, description=description)


def bytes(
    *, name: str, mime_type: str = "application/octet-stream", description: str = ""
) -> BytesOutput:
    """Byte strings of at most 192 KiB."""
    _check_name("publish.bytes", name)
    if "/" not in mime_type:
        raise DeclarationError(
            f"publish.bytes(name={name!r}): {mime_type!r} is no MIME type",
            hint='write for example mime_type="image/png"',
        )
    return BytesOutput(name=name, description=description, mime_type=mime_type)


def _check_name(caller: str, name: str) -> None:
    if not isinstance(name, str) or not re.fullmatch(r"[A-Za-z][A-Za-z0-9_-]{0,63}", name):
        raise DeclarationError(
            f"{caller}: name must be letters, digits, - and _, a letter first; got {name!r}",
            hint='write for example name="main_video"',
        )
