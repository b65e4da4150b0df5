"""Save a session as a ``.lucid`` file."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from importlib.metadata import version
from pathlib import Path

from lucid.authoring.files import InputFile
from lucid.authoring.manifest import Manifest
from lucid.capsule.port import PortFolder, check_port
from lucid.capsule.read import read_capsule
from lucid.capsule.schema import Capsule, FileArgument, Head, PlayedInput
from lucid.media.png import png_of
from lucid.runtime.input_validator import InputValidator
from lucid.runtime.journal import Journal
from lucid.runtime.messages import AudioSamples, Frame, Input, InputApplied, Message
from lucid.runtime.script import Script
from lucid.server.folders import file_name

KEEP_EVERY_S = 1.0
MAX_FRAME_BYTES = 32 * 2**20
"""The most bytes of kept frames.

Above it, every second frame is dropped, and later frames are kept half as often.
"""

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Saving:
    """The port that the server's capsules name, and where the server saves them."""

    port: PortFolder = field(default_factory=PortFolder)
    folder: Path | None = None
    """The folder for each session that is over. If it is None, none is saved."""


SAVE_NOTHING = Saving()


class KeptFrames:
    """A viewer that keeps some frames of the first video output as PNG files.

    A frame is compressed on another thread, one at a time, and is left out if that takes too long.
    """

    def __init__(self, manifest: Manifest, journal: Journal) -> None:
        video = next(iter(manifest.videos), None)
        self._output = None if video is None else video.name
        self._journal = journal
        self._every = max(1, round(KEEP_EVERY_S * (video.fps or 30))) if video else 1
        self.busy = False
        """Whether a frame is being compressed."""
        self.from_i420 = False
        """Whether the frames came as I420, from a GPU."""
        self.shown = 0
        """The number of frames that the journal can play again."""
        self.pictures: dict[int, bytes] = {}

    def frame(self, frame: Frame) -> None:
        """See Viewer."""
        if frame.output != self._output:
            return
        if frame.index < self.shown:  # the session has started anew
            self.forget(frame.index)
            self.shown = frame.index
        if self._journal.is_full:
            return
        self.shown = frame.index + 1
        if frame.index % self._every == 0 and not self.busy:
            self.busy, self.from_i420 = True, frame.pixels.ndim == 2
            png = asyncio.get_running_loop().run_in_executor(None, png_of, frame.pixels)
            png.add_done_callback(partial(self._keep, frame.index, self.pictures))

    def forget(self, index: int) -> None:
        """Forget the pictures from this index on, because the session plays others from there."""
        self.pictures = {i: png for i, png in self.pictures.items() if i < index}

    def audio(self, samples: AudioSamples) -> None:
        """See Viewer. A capsule holds no sound."""

    def message(self, message: Message) -> None:
        """See Viewer. A capsule holds no values."""

    def _keep(self, index: int, pictures: dict[int, bytes], png: asyncio.Future[bytes]) -> None:
        self.busy = False
        pictures[index] = png.result()
        while len(pictures) > 1 and sum(map(len, pictures.values())) > MAX_FRAME_BYTES:
            self._every *= 2
            for kept in [kept for kept in pictures if kept % self._every]:
                del pictures[kept]


def capsule_of(journal: Journal, kept: KeptFrames, manifest: Manifest, port: PortFolder) -> Capsule:
    """Return the session so far. This may take seconds, so call it on another thread."""
    shown, pictures, sent = kept.shown, dict(kept.pictures), dict(journal.files)
    inputs = [_line(event) for event in list(journal.inputs)]
    used = {file.sha256 for line in inputs for file in line.files.values()}
    return Capsule(
        Head(
            lucid_version=version("lucid-runtime"),
            port=port.played(manifest),
            rng_seed=journal.rng_seed,
            frames=shown,
            from_i420=kept.from_i420,
            captures=journal.captures,
        ),
        inputs,
        {sha256: file.data for sha256, file in sent.items() if sha256 in used},
        {index: pictures[index] for index in sorted(pictures) if index < shown},
    )


def _line(event: InputApplied) -> PlayedInput:
    args: Mapping[str, object] = event.args or {}
    files = {
        name: FileArgument(
            filename=value.filename[:500], mime_type=value.mime_type[:500], sha256=value.sha256
        )
        for name, value in args.items()
        if isinstance(value, InputFile)
    }
    plain = {name: value for name, value in args.items() if name not in files}
    return PlayedInput(step=event.step, after=event.after, name=event.name, args=plain, files=files)


def script_of(data: bytes, manifest: Manifest, port: PortFolder) -> Script:
    """Return the script that plays a ``.lucid`` file. Call it on another thread: it may take long.

    Raises:
        CapsuleError: it is no capsule, or the port is not the one that was played.
        InputError: an input does not fit the manifest.
    """
    capsule = read_capsule(data)
    hint = "`lucid replay --anyway` plays it, too, and its frames may differ"
    check_port(capsule.head.port, port.played(manifest), hint)
    validator = InputValidator(manifest)
    inputs = []
    for line in capsule.inputs:
        valid = validator.validate(Input(0, line.name, capsule.arguments(line)), {})
        inputs.append(InputApplied("", line.step, line.after, line.name, valid.args))
    return Script(capsule.head.rng_seed, inputs, capsule.head.frames)


def save(capsule: Capsule, folder: Path) -> None:
    """Write a capsule to a new file in a folder. Log an error of the disk."""
    when = f"{time.strftime('%Y-%m-%d_%H-%M-%S')}-{time.time_ns() % 10**6:06}"
    path = folder / f"{file_name(capsule.head.port.model)}-{when}.lucid"
    part = path.with_suffix(".part")
    try:
        with part.open("xb") as file:
            capsule.write(file)
        part.rename(path)
        logger.info("saved %s", path)
    except OSError as error:
        logger.warning("%s cannot be saved: %s", path, error.strerror)
