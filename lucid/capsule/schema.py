"""Capsule: what a ``.lucid`` file holds, and how it is written. docs/capsule.md describes it."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, BinaryIO, Literal

from pydantic import BaseModel, ConfigDict, Field

from lucid.authoring.files import file_of

VERSION: Literal[1] = 1
HEAD, INPUTS = "capsule.json", "inputs.ndjson"

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Text = Annotated[str, Field(max_length=500)]
Count = Annotated[int, Field(ge=0, lt=2**31)]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, defer_build=True)


class PlayedPort(_Frozen):
    """The port that was played."""

    model: Text
    """The name in its manifest."""
    manifest_sha256: Sha256
    """The hash of the manifest's JSON."""
    lock_sha256: Sha256 | None = None
    """The hash of ``lucid.lock``; None if the port has no such file."""
    weights: Text | None = None
    """Repo and commit of the weights that the lock names: ``ORG/NAME@COMMIT``."""
    upstream: Text | None = None
    """URL and commit of the upstream code that the lock names: ``URL@COMMIT``."""
    stub: bool = False
    """Whether it was played with its stub engine."""


class Head(_Frozen):
    """The content of ``capsule.json``."""

    version: Literal[1] = VERSION
    lucid_version: Text
    port: PlayedPort
    rng_seed: Annotated[int, Field(ge=0, lt=2**32)] | None
    """It seeded the global random generators when the session started, if anything did."""
    frames: Count
    """How many frames of the first video output were shown."""
    from_i420: bool = False
    """Whether the saved frames came from a GPU as I420, with half of their colour resolution."""
    captures: Count = 0
    """How many pictures and pieces of sound came from a camera or microphone: they are left out."""


class FileArgument(_Frozen):
    """A file that an input got. Its bytes are the member ``files/SHA256``."""

    filename: Text
    mime_type: Text
    sha256: Sha256


class PlayedInput(_Frozen):
    """A line of ``inputs.ndjson``: an input that the port accepted."""

    step: Count
    """How many steps were complete when it was applied."""
    after: Count = 0
    """How many samples of any output the port had published in its step by then."""
    name: Text
    args: dict[str, Any]
    """Its arguments, without its files."""
    files: dict[str, FileArgument] = {}
    """Its files, by argument."""


@dataclass(frozen=True)
class Capsule:
    """A rollout: its port, its start, its inputs, and some of its frames."""

    head: Head
    inputs: Sequence[PlayedInput]
    """In the order in which they were applied."""
    files: Mapping[str, bytes]
    """Seed frames and other files that the inputs name, by SHA-256."""
    frames: Mapping[int, bytes]
    """Some frames of the first video output as PNG files, by index from 0."""

    def arguments(self, line: PlayedInput) -> dict[str, Any]:
        """Return the arguments of one of the inputs, with its files."""
        files = {
            name: file_of(self.files[file.sha256], file.filename, file.mime_type)
            for name, file in line.files.items()
        }
        return {**line.args, **files}

    def write(self, file: BinaryIO) -> None:
        """Write the ``.lucid`` file. Equal capsules give equal bytes."""
        with zipfile.ZipFile(file, "w") as archive:
            _add(archive, HEAD, self.head.model_dump_json().encode(), zipfile.ZIP_DEFLATED)
            lines = "".join(
                f"{line.model_dump_json(exclude_defaults=True)}\n" for line in self.inputs
            )
            _add(archive, INPUTS, lines.encode(), zipfile.ZIP_DEFLATED)
            for sha256, data in self.files.items():
                _add(archive, f"files/{sha256}", data)
            for index, data in self.frames.items():
                _add(archive, f"frames/{index:08}.png", data)


def _add(
    archive: zipfile.ZipFile, name: str, data: bytes, compression: int = zipfile.ZIP_STORED
) -> None:
    info = zipfile.ZipInfo(name)  # its date is always the same
    info.external_attr = 0o644 << 16
    archive.writestr(info, data, compression)
