"""The Manifest: the versioned description of a port, as its page and its checks read it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from lucid.authoring.bindings import Binding
from lucid.authoring.outputs import Output

MANIFEST_VERSION: Literal[1] = 1


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


class ModelInfo(_Frozen):
    """What a port says of itself."""

    name: str
    description: str
    max_sessions: int


class InputSpec(_Frozen):
    """One input, as a page needs it to make the control."""

    name: str
    description: str
    paused: bool
    """Whether it is accepted while the session is paused."""

    binding: Binding | None
    arguments: dict[str, Any]
    """JSON schema (an object) of the arguments; a file is ``{"format": "lucid-file", "file":
    FileSpec}``."""

    galleries: Mapping[str, Path] = Field(default_factory=dict, exclude=True)
    """Folders of the pictures that file parameters offer; for the server alone."""


def with_galleries(manifest: Manifest, galleries: Mapping[str, Mapping[str, str]]) -> Manifest:
    """The manifest with its galleries, by input and parameter: they are left out of its JSON."""
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


class Manifest(_Frozen):
    """The versioned description of a port: what a player can send, what comes back."""

    version: Literal[1] = MANIFEST_VERSION
    model: ModelInfo
    inputs: tuple[InputSpec, ...]
    outputs: tuple[Output, ...]
