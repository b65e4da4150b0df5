"""Lucid: turn a world model into a live, playable stream.

The names in ``__all__`` are the public API; everything else may change. Each is imported when it
is first used, so that the command line starts without what a port needs.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lucid.authoring import publish
    from lucid.authoring.bindings import axis, hold, pointer, press, wheel
    from lucid.authoring.definition import build_model_definition, manifest
    from lucid.authoring.files import InputFile, file_input, image_input
    from lucid.authoring.inputs import input
    from lucid.authoring.model import LoadContext, LucidModel
    from lucid.authoring.session import LucidSession, SessionContext
    from lucid.authoring.stub.engine import StubEngine
    from lucid.errors import (
        DeclarationError,
        FrameShapeError,
        FrameTypeError,
        HubError,
        HubRateLimitError,
        HubUnreachableError,
        InputError,
        InputHandlerError,
        InputPausedError,
        InputQueueFullError,
        InvalidInputError,
        LucidError,
        MachineError,
        ModelLoadError,
        OutputError,
        ProtocolError,
        QueueFullError,
        RecordingError,
        RepoGatedError,
        RepoNotFoundError,
        RevisionNotFoundError,
        ScaffoldError,
        SessionError,
        SessionFailedError,
        SessionStateError,
        SpectatorError,
        TargetError,
        UnknownInputError,
        UnknownOutputError,
        UnknownSessionError,
        UploadError,
    )

__version__ = "0.1.0"

__all__ = [
    "DeclarationError",
    "FrameShapeError",
    "FrameTypeError",
    "HubError",
    "HubRateLimitError",
    "HubUnreachableError",
    "InputError",
    "InputFile",
    "InputHandlerError",
    "InputPausedError",
    "InputQueueFullError",
    "InvalidInputError",
    "LoadContext",
    "LucidError",
    "LucidModel",
    "LucidSession",
    "MachineError",
    "ModelLoadError",
    "OutputError",
    "ProtocolError",
    "QueueFullError",
    "RecordingError",
    "RepoGatedError",
    "RepoNotFoundError",
    "RevisionNotFoundError",
    "ScaffoldError",
    "SessionContext",
    "SessionError",
    "SessionFailedError",
    "SessionStateError",
    "SpectatorError",
    "StubEngine",
    "TargetError",
    "UnknownInputError",
    "UnknownOutputError",
    "UnknownSessionError",
    "UploadError",
    "axis",
    "build_model_definition",
    "file_input",
    "hold",
    "image_input",
    "input",
    "manifest",
    "pointer",
    "press",
    "publish",
    "wheel",
]

_HOMES = {
    "InputFile": "files",
    "LoadContext": "model",
    "LucidModel": "model",
    "LucidSession": "session",
    "SessionContext": "session",
    "StubEngine": "stub.engine",
    "axis": "bindings",
    "build_model_definition": "definition",
    "file_input": "files",
    "hold": "bindings",
    "image_input": "files",
    "input": "inputs",
    "manifest": "definition",
    "pointer": "bindings",
    "press": "bindings",
    "wheel": "bindings",
}


if not TYPE_CHECKING:  # a type checker knows the names above, and only them

    def __getattr__(name: str) -> object:
        if name not in __all__:
            raise AttributeError(f"module 'lucid' has no attribute {name!r}")
        if name == "publish":
            return import_module("lucid.authoring.publish")
        home = f"lucid.authoring.{_HOMES[name]}" if name in _HOMES else "lucid.errors"
        return getattr(import_module(home), name)


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
