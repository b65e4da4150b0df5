"""The Manifest: the versioned description of a port, which the page and the checks read."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from lucid.authoring.bindings import Binding
from lucid.authoring.outputs import AudioOutput, Output, Shown, VideoOutput

MANIFEST_VERSION: Literal[1] = 1


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


class ModelInfo(_Frozen):
    """General facts about a port."""

    name: Shown
    description: Shown
    repo: Shown = ""
    """The repo of the weights: ORG/NAME on the Hub, or a URL."""

    licence: Shown = ""
    """The licence of the weights."""

    max_sessions: int

    @property
    def credit(self) -> str:
        """What a recording and the page say about the model's origin."""
        parts = (self.name, self.repo, self.licence, "made with Lucid")
        return " \N{MIDDLE DOT} ".join(filter(None, parts))


class InputSpec(_Frozen):
    """One input, with all that a page needs to build its control."""

    name: str
    description: Shown
    paused: bool
    """Whether the input is accepted while the session is paused."""

    binding: Binding | None
    arguments: dict[str, Any]
    """JSON schema (an object) of the arguments. A file parameter is ``{"format": "lucid-file",
    "file": FileSpec}``, and that of a camera or microphone ``{"format": "lucid-capture",
    "capture": CaptureSpec}``."""

    galleries: Mapping[str, Path] = Field(default_factory=dict, exclude=True)
    """Gallery folder by file parameter. Only the server uses it; the JSON leaves it out."""


def with_galleries(manifest: Manifest, galleries: Mapping[str, Mapping[str, str]]) -> Manifest:
    """Add gallery folders, by input and parameter, which the manifest's JSON leaves out."""
    inputs = tuple(
        spec.model_copy(
            update={
                "galleries": {
                    parameter: Path(folder)
                    for parameter, folder in galleries.get(spec.name, {}).items()
                }
            }
        )
        for spec in manifest.inputs
    )
    return manifest.model_copy(update={"inputs": inputs})


class Preset(_Frozen):
    """A way to start that the page offers: the inputs to send, in order."""

    name: Shown
    inputs: dict[str, dict[str, Any]]
    """Arguments by input. A picture is its file name in the gallery of the parameter."""


class Manifest(_Frozen):
    """The versioned description of a port: its inputs and its outputs."""

    version: Literal[1] = MANIFEST_VERSION
    model: ModelInfo
    inputs: tuple[InputSpec, ...]
    outputs: tuple[Output, ...]
    presets: tuple[Preset, ...] = ()

    @property
    def videos(self) -> list[VideoOutput]:
        """The video outputs; the first sets the pace."""
        return [output for output in self.outputs if isinstance(output, VideoOutput)]

    @property
    def audios(self) -> list[AudioOutput]:
        """The audio outputs."""
        return [output for output in self.outputs if isinstance(output, AudioOutput)]
