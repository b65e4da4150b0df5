"""Play one log of inputs on two ports, or on one port twice, and compare the frames."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import numpy as np
from PIL import Image

from lucid.authoring.manifest import Manifest
from lucid.authoring.outputs import VideoOutput
from lucid.capsule.replay import steps
from lucid.capsule.schema import Capsule
from lucid.errors import CapsuleError, MachineError
from lucid.media.measures import psnr_db
from lucid.media.movie import DEFAULT_FPS, Movie
from lucid.runtime.stepped_port import SteppedPort

Say = Callable[[str], None]


@dataclass(frozen=True)
class Side:
    """One of the two: a port and how it is configured."""

    label: str
    settings: Mapping[str, str]
    """Fields of the port's ``config_cls``."""
    load: Callable[[], SteppedPort]
    """Loads the port with these settings."""


@dataclass(frozen=True)
class Played:
    """How one side played."""

    label: str
    port: str
    settings: dict[str, str]
    width: int
    height: int
    fps: float
    frames_per_step: float
    step_p50_ms: float
    """Of all steps but the first one, which may compile the model."""
    step_p95_ms: float


@dataclass(frozen=True)
class Report:
    """How two sides compare."""

    frames: int
    sides: tuple[Played, Played]
    first_difference: int | None
    """The index of the first frame that differs, or None."""
    psnr_db: list[float | None]
    """The peak signal-to-noise ratio of each frame; None if both are equal bit for bit."""
    notes: list[str] = field(default_factory=list)


def duel(capsule: Capsule, one: Side, other: Side, video: Path, say: Say) -> Report:
    """Play both sides one after the other, and write their frames side by side to a video.

    They do not run at the same time, so each has the whole machine and its memory.

    Raises:
        CapsuleError: a side lacks an input of the log, refuses one, or ends too early.
        SessionError, ModelProcessError: a side failed.
        MachineError: the video cannot be written, or there is no room for the frames.
    """
    with tempfile.TemporaryFile() as first, tempfile.TemporaryFile() as second:
        left, output, manifest = _play(capsule, one, first, say)
        right, *_ = _play(capsule, other, second, say)
        first.seek(0)
        second.seek(0)
        width = round(right.width * left.height / right.height / 2) * 2
        wide = output.model_copy(update={"width": left.width + width})
        ratios: list[float | None] = []
        with Movie(video, wide, manifest.model) as movie:
            for a, b in zip(_frames(first, left), _frames(second, right), strict=True):
                movie.add(np.hstack([a, _scaled(b, width, left.height)]))
                ratio = psnr_db(a, _scaled(b, left.width, left.height))
                ratios.append(None if np.isinf(ratio) else round(ratio, 2))
    differs = next((index for index, ratio in enumerate(ratios) if ratio is not None), None)
    return Report(capsule.head.frames, (left, right), differs, ratios, _notes(left, right))


def _play(
    capsule: Capsule, side: Side, file: BinaryIO, say: Say
) -> tuple[Played, VideoOutput, Manifest]:
    """Play one side, and write its frames to a file as raw bytes."""
    say(f"Loading {side.label}")
    with side.load() as port:
        known = {spec.name for spec in port.manifest.inputs}
        if missing := sorted({line.name for line in capsule.inputs} - known):
            raise CapsuleError(
                f"{side.label} ({port.location.entry}) has no input {', '.join(missing)}",
                hint="choose a log whose inputs both ports have",
            )
        times_ms, left = [], capsule.head.frames
        _check_room(left * 3 * port.video.width * port.video.height)
        began_s = time.perf_counter()
        for _, stepped in steps(capsule, port):
            times_ms.append((time.perf_counter() - began_s) * 1000)
            for frame in stepped.frames.get(port.video.name, [])[:left]:
                file.write(frame.tobytes())
                left -= 1
            if not left:
                break
            say(f"{side.label}: frame {capsule.head.frames - left}")
            began_s = time.perf_counter()
        if left:
            raise CapsuleError(
                f"the run() of {side.label} returned {left} frames too early",
                hint="play fewer frames with --frames, or choose another log",
            )
        p50_ms, p95_ms = np.percentile(times_ms[1:] or times_ms, [50, 95])
        played = Played(
            side.label,
            port.location.entry,
            dict(side.settings),
            port.video.width,
            port.video.height,
            port.video.fps or DEFAULT_FPS,
            round(capsule.head.frames / len(times_ms), 2),
            round(float(p50_ms), 2),
            round(float(p95_ms), 2),
        )
        return played, port.video, port.manifest


def _check_room(size: int) -> None:
    folder = tempfile.gettempdir()
    if size > (free := shutil.disk_usage(folder).free):
        raise MachineError(
            f"the frames need {size / 1e9:.1f} GB in {folder}, which has {free / 1e9:.1f} GB free",
            hint="play fewer frames with --frames, or set TMPDIR to a folder with more room",
        )


def _frames(file: BinaryIO, side: Played) -> Iterator[np.ndarray]:
    shape = side.height, side.width, 3
    while data := file.read(side.height * side.width * 3):
        yield np.frombuffer(data, np.uint8).reshape(shape)


def _scaled(frame: np.ndarray, width: int, height: int) -> np.ndarray:
    if frame.shape == (height, width, 3):
        return frame
    return np.asarray(Image.fromarray(frame).resize((width, height), Image.Resampling.BICUBIC))


def _notes(one: Played, other: Played) -> list[str]:
    notes = []
    if (one.width, one.height) != (other.width, other.height):
        notes.append(
            f"{other.label} is scaled from {other.width}x{other.height} to compare it with "
            f"{one.label}, {one.width}x{one.height}"
        )
    if one.frames_per_step != other.frames_per_step:
        notes.append(
            f"a step has {one.frames_per_step:g} frames in {one.label} and "
            f"{other.frames_per_step:g} in {other.label}: the inputs come at the same steps, not "
            "at the same frames"
        )
    if one.fps != other.fps:
        notes.append(
            f"{one.label} plays at {one.fps:g} fps and {other.label} at {other.fps:g}: frames with "
            "the same index are compared"
        )
    return notes
