"""Lucid: turn a world model into a live, playable stream.

The names in ``__all__`` are the public API; everything else may change. Each name is imported at
its first use, so that the command line starts without the dependencies of a port.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lucid.authoring import publish
    from lucid.authoring.bindings import axis, hold, pointer, press, wheel
    from lucid.authoring.captures import (
        CameraFrame,
        MicrophoneSound,
        camera_input,
        microphone_input,
    )
    from lucid.authoring.definition import build_model_definition, manifest
    from lucid.authoring.files import InputFile, file_input, image_input, start_pictures
    from lucid.authoring.inputs import input
    from lucid.authoring.model import LoadContext, LucidModel
    from lucid.authoring.session import LucidSession, SessionContext
    from lucid.authoring.stub.engine import StubEngine
    from lucid.authoring.weights import read_weights
    from lucid.errors import *
    from lucid.hub.download import download_weights
    from lucid.upstream import use_upstream

__version__ = "0.1.0"

__all__ = [
    "CameraFrame",
    "CapsuleError",
    "CaptureError",
    "ChoiceError",
    "DatasetError",
    "DeclarationError",
    "FrameShapeError",
    "FrameTypeError",
    "FrameValueError",
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
    "MediaUnreachableError",
    "MicrophoneSound",
    "ModelLoadError",
    "ModelProcessError",
    "MutedError",
    "OutputError",
    "PolicyError",
    "PortChangedError",
    "ProtocolError",
    "QueueFullError",
    "RankError",
    "RecordingError",
    "RemoteError",
    "RemovedError",
    "RepoGatedError",
    "RepoNameError",
    "RepoNotFoundError",
    "RevisionNotFoundError",
    "ScaffoldError",
    "SessionContext",
    "SessionError",
    "SessionFailedError",
    "SessionStateError",
    "SessionTimeoutError",
    "SharingError",
    "SpectatorError",
    "StubEngine",
    "TargetError",
    "TurnOverError",
    "UnknownInputError",
    "UnknownOutputError",
    "UnknownSessionError",
    "UploadError",
    "UpstreamError",
    "WeightsError",
    "axis",
    "build_model_definition",
    "camera_input",
    "download_weights",
    "file_input",
    "hold",
    "image_input",
    "input",
    "manifest",
    "microphone_input",
    "pointer",
    "press",
    "publish",
    "read_weights",
    "start_pictures",
    "use_upstream",
    "wheel",
]

_MODULES = {
    "authoring.bindings": ("axis", "hold", "pointer", "press", "wheel"),
    "authoring.captures": ("CameraFrame", "MicrophoneSound", "camera_input", "microphone_input"),
    "authoring.definition": ("build_model_definition", "manifest"),
    "authoring.files": ("InputFile", "file_input", "image_input", "start_pictures"),
    "authoring.inputs": ("input",),
    "authoring.model": ("LoadContext", "LucidModel"),
    "authoring.session": ("LucidSession", "SessionContext"),
    "authoring.stub.engine": ("StubEngine",),
    "authoring.weights": ("read_weights",),
    "hub.download": ("download_weights",),
    "upstream": ("use_upstream",),
}
"""The names by the module that defines them. The other names are errors."""
_HOMES = {name: module for module, names in _MODULES.items() for name in names}


if not TYPE_CHECKING:  # type checkers use the imports above

    def __getattr__(name: str) -> object:
        if name not in __all__:
            raise AttributeError(f"module 'lucid' has no attribute {name!r}")
        if name == "publish":
            return import_module("lucid.authoring.publish")
        return getattr(import_module(f"lucid.{_HOMES.get(name, 'errors')}"), name)


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
