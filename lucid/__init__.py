"""Lucid: turn a world model into a live, playable stream.

These names are the public API; everything else may change.
"""

from lucid.authoring import publish
from lucid.authoring.bindings import axis, hold, pointer, press, wheel
from lucid.authoring.definition import build_model_definition, manifest
from lucid.authoring.files import InputFile, file_input, image_input
from lucid.authoring.inputs import input
from lucid.authoring.model import LoadContext, LucidModel
from lucid.authoring.session import LucidSession, SessionContext
from lucid.authoring.stub import StubEngine
from lucid.errors import (
    DeclarationError,
    FrameShapeError,
    FrameTypeError,
    HubError,
    InputError,
    LucidError,
    MachineError,
    ModelLoadError,
    OutputError,
    ScaffoldError,
    SessionError,
    TargetError,
)

__version__ = "0.1.0"

__all__ = [
    "DeclarationError",
    "FrameShapeError",
    "FrameTypeError",
    "HubError",
    "InputError",
    "InputFile",
    "LoadContext",
    "LucidError",
    "LucidModel",
    "LucidSession",
    "MachineError",
    "ModelLoadError",
    "OutputError",
    "ScaffoldError",
    "SessionContext",
    "SessionError",
    "StubEngine",
    "TargetError",
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
