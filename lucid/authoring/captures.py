"""Camera and microphone: what an input declares (its spec) and what its handler gets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, get_args

from pydantic import BaseModel, ConfigDict

from lucid.authoring.outputs import SAMPLE_RATES_HZ, Layout
from lucid.errors import DeclarationError, InvalidInputError

if TYPE_CHECKING:
    import numpy as np

MIN_SIDE, MAX_SIDE = 16, 1920
KEPT_S = 1.0
"""How much sound is kept for a step that takes longer; the oldest samples are dropped."""


class CameraSpec(BaseModel):
    """The frames that a parameter gets."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    kind: Literal["camera"] = "camera"
    size: tuple[int, int]
    """(width, height) in pixels; the picture of the camera is cropped and resized to it."""
    layout: Layout = "HWC"

    @property
    def shape(self) -> tuple[int, int, int]:
        """The shape of a frame in the declared layout."""
        width, height = self.size
        return (height, width, 3) if self.layout == "HWC" else (3, height, width)


class MicrophoneSpec(BaseModel):
    """The sound that a parameter gets."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    kind: Literal["microphone"] = "microphone"
    sample_rate_hz: int


CaptureSpec = CameraSpec | MicrophoneSpec


@dataclass(frozen=True, eq=False)
class CameraFrame:
    """A frame of the player's camera."""

    pixels: np.ndarray = field(repr=False)
    """uint8 RGB of the declared size: (H, W, 3), or (3, H, W) if the layout is CHW."""
    ts_ms: float
    """When it was captured, on the sender's clock. The clock's zero is arbitrary, and changes if
    the player reconnects."""


@dataclass(frozen=True, eq=False)
class MicrophoneSound:
    """The sound of the player's microphone since the last step, at most one second."""

    samples: np.ndarray = field(repr=False)
    """(N,) float32 in -1..1 at the declared rate."""
    ts_ms: float
    """When the first sample was captured, as in ``CameraFrame``."""


Captured = CameraFrame | MicrophoneSound


def camera_input(*, size: tuple[int, int], layout: Layout = "HWC") -> Any:
    """Return the default value of a ``CameraFrame | None`` parameter, the only one of its input.

    The handler gets the newest frame before each step, cropped and resized to ``size`` (width,
    height), and None when the camera stops. Frames that no step waits for are dropped.
    """
    return CameraSpec.model_construct(kind="camera", size=size, layout=layout)


def microphone_input(*, sample_rate_hz: int = 16_000) -> Any:
    """Return the default value of a ``MicrophoneSound | None`` parameter, the only one of its
    input.

    The handler gets the sound since the last step, and None when the microphone stops.
    """
    return MicrophoneSpec.model_construct(kind="microphone", sample_rate_hz=sample_rate_hz)


def check_capture_spec(where: str, annotation: Any, spec: CaptureSpec) -> CaptureSpec:
    """Validate a spec and the type of its parameter.

    Raises:
        DeclarationError: the message starts with ``where``, the hint is the fix.
    """
    place = f"{where}: {spec.kind}_input()"
    got = CameraFrame if isinstance(spec, CameraSpec) else MicrophoneSound
    if annotation != got | None:
        raise DeclarationError(
            f"{place}: the parameter must have the type {got.__name__} | None, because it gets "
            f"None when the {spec.kind} stops",
            hint=f"write `: {got.__name__} | None = {spec.kind}_input(...)`",
        )
    if isinstance(spec, MicrophoneSpec):
        if spec.sample_rate_hz not in SAMPLE_RATES_HZ:
            rates = ", ".join(map(str, SAMPLE_RATES_HZ))
            raise DeclarationError(
                f"{place}: sample_rate_hz is {spec.sample_rate_hz!r}",
                hint=f"set sample_rate_hz to one of {rates}",
            )
        return MicrophoneSpec(**spec.__dict__)
    size = spec.size
    if not (
        isinstance(size, tuple | list)
        and len(size) == 2
        and all(type(side) is int and MIN_SIDE <= side <= MAX_SIDE for side in size)
    ):
        raise DeclarationError(
            f"{place}: size must be (width, height), each {MIN_SIDE} to {MAX_SIDE} pixels, "
            f"got {size!r}",
            hint="write for example size=(640, 360)",
        )
    if spec.layout not in get_args(Layout):
        raise DeclarationError(
            f"{place}: layout is {spec.layout!r}", hint='set layout to "HWC" or "CHW"'
        )
    return CameraSpec(**spec.__dict__)


def capture_schema(spec: CaptureSpec) -> dict[str, Any]:
    """Return the JSON schema of a parameter. As JSON, a player can send only null."""
    return {
        "type": "null",
        "format": "lucid-capture",
        "capture": spec.model_dump(mode="json"),
    }


def capture_of(arguments: Mapping[str, Any]) -> tuple[str, CaptureSpec] | None:
    """Return the parameter that a camera or a microphone fills, and its spec.

    ``arguments`` is the JSON schema of an input's arguments.
    """
    for name, schema in arguments.get("properties", {}).items():
        if schema.get("format") == "lucid-capture":
            kind = CameraSpec if schema["capture"]["kind"] == "camera" else MicrophoneSpec
            return name, kind.model_validate(schema["capture"])
    return None


def accepted_capture(
    input_name: str, parameter: str, spec: CaptureSpec, value: Any
) -> Captured | None:
    """Return what a camera or a microphone captured, or None if it stopped.

    Raises:
        InvalidInputError: ``value`` is neither, or its array does not fit the declaration.
    """
    if value is None:
        return None
    if isinstance(spec, CameraSpec):
        fits = (
            isinstance(value, CameraFrame)
            and value.pixels.shape == spec.shape
            and value.pixels.dtype == "uint8"
        )
    else:
        fits = (
            isinstance(value, MicrophoneSound)
            and value.samples.ndim == 1
            and value.samples.dtype == "float32"
        )
    if not fits:
        raise InvalidInputError(input_name, [f"{parameter}: only a {spec.kind} can fill it"])
    captured: Captured = value
    return captured


def merged(earlier: Captured, later: Captured, spec: CaptureSpec) -> Captured:
    """Return what a step gets of two captures of one input: the newest frame, or all the sound."""
    import numpy as np

    if not isinstance(spec, MicrophoneSpec):
        return later
    assert isinstance(earlier, MicrophoneSound) and isinstance(later, MicrophoneSound)
    samples = np.concatenate([earlier.samples, later.samples])[
        -round(KEPT_S * spec.sample_rate_hz) :
    ]
    before = len(samples) - len(later.samples)
    return MicrophoneSound(samples, later.ts_ms - 1000 * before / spec.sample_rate_hz)
