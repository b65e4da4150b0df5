"""Read the fields of an Action dataclass as labelled signals, and map them to camera motion."""

from __future__ import annotations

import dataclasses
import enum
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, get_args, get_type_hints

from lucid.authoring.captures import CameraFrame, MicrophoneSound

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_FILLER = {"move", "walk", "go", "step", "key", "turn", "look"}
_STRAFE_FORWARD_LIFT = {
    **dict.fromkeys(("forward", "forwards", "fwd", "ahead", "w"), (0, 1, 0)),
    **dict.fromkeys(("back", "backward", "backwards", "bwd", "s"), (0, -1, 0)),
    **dict.fromkeys(("left", "a"), (-1, 0, 0)),
    **dict.fromkeys(("right", "d"), (1, 0, 0)),
    **dict.fromkeys(("jump", "space", "up", "rise"), (0, 0, 1)),
    **dict.fromkeys(("crouch", "down", "sneak", "duck"), (0, 0, -1)),
}
_BOOST = {"sprint", "run", "dash", "boost", "shift"}
_KNEE = 0.25
"""The value that maps to 0.5. It is small because many world models use velocities below 1; values
in pixels are close to 1."""


@dataclass(frozen=True)
class Signal:
    """One value of an Action, with the instrument that shows it."""

    label: str
    kind: Literal["lamp", "gauge", "pad"]
    values: tuple[float, ...]
    """One number in -1..1, or two for a pad."""

    text: str = ""
    """Text of a lamp while it is lit; empty for the label."""

    @property
    def lit(self) -> bool:
        """Whether any value is not 0."""
        return any(self.values)


@dataclass(frozen=True)
class Drive:
    """The camera motion of one step, each axis in about -1..1."""

    strafe: float = 0.0
    forward: float = 0.0
    lift: float = 0.0
    yaw: float = 0.0
    pitch: float = 0.0
    boost: float = 1.0


def read_signals(action: Any) -> tuple[Signal, ...]:
    """Return the signals of a dataclass instance in field order, at least one per field."""
    try:
        hints = get_type_hints(type(action))
    except NameError:
        hints = {}
    return tuple(
        signal
        for field in dataclasses.fields(action)
        for signal in _field_signals(field.name, getattr(action, field.name), hints.get(field.name))
    )


def read_pictures(action: Any, most: tuple[int, int]) -> list[NDArray[np.uint8]]:
    """Return the CameraFrames of a dataclass instance, (H, W, 3), each at most ``most`` pixels
    (width, height)."""
    values = [getattr(action, field.name) for field in dataclasses.fields(action)]
    pictures = []
    for pixels in (value.pixels for value in values if isinstance(value, CameraFrame)):
        rows = pixels if pixels.shape[2] == 3 else pixels.transpose(1, 2, 0)
        every = max(-(-rows.shape[1] // most[0]), -(-rows.shape[0] // most[1]))
        pictures.append(rows[::every, ::every])
    return pictures


def drive(signals: Iterable[Signal]) -> Drive:
    """Return the camera motion of pads and of signals with a common name (``forward``, ``LEFT``,
    ``sprint``)."""
    strafe = forward = lift = yaw = pitch = 0.0
    boost = 1.0
    for signal in signals:
        if signal.kind == "pad":
            yaw += signal.values[0]
            pitch += signal.values[1]
        elif signal.kind == "gauge":
            forward += signal.values[0]
        elif signal.lit:
            words = set(signal.label.lower().split()) - _FILLER
            if words & _BOOST:
                boost = 2.0
            elif words and words <= _STRAFE_FORWARD_LIFT.keys():
                for word in words:
                    push = _STRAFE_FORWARD_LIFT[word]
                    strafe, forward, lift = strafe + push[0], forward + push[1], lift + push[2]
    return Drive(strafe, forward, lift, yaw, pitch, boost)


def _field_signals(name: str, value: Any, hint: Any) -> Iterator[Signal]:
    label = name.replace("_", " ").strip() or name
    if isinstance(value, bool):
        yield _lamp(label, value)
    elif isinstance(value, enum.Enum):
        yield _lamp(label, bool(value.value), value.name)
    elif isinstance(value, int | float):
        yield Signal(label, "gauge", (_squash(value),))
    elif isinstance(value, Set | tuple) and (members := _members(hint)):
        yield from (_lamp(member.name.replace("_", " "), member in value) for member in members)
    elif isinstance(value, Set):
        yield _lamp(label, bool(value), "+".join(sorted(map(str, value))))
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from _field_signals(str(key), item, None)
    elif isinstance(value, Sequence) and not isinstance(value, str | bytes):
        yield from _sequence_signals(label, value)
    else:
        yield _lamp(label, bool(value), _text(label, value) if value else "")


def _text(label: str, value: Any) -> str:
    """Return the text of the lamp of a value that no other instrument shows."""
    if isinstance(value, MicrophoneSound):
        return f"{label} {float(abs(value.samples).max(initial=0)):.0%}"
    return label if isinstance(value, CameraFrame) else str(value)


def _sequence_signals(label: str, value: Sequence[Any]) -> Iterator[Signal]:
    if not all(isinstance(item, int | float) for item in value):
        yield _lamp(label, bool(value), " ".join(map(str, value)))
    elif len(value) < 2:
        yield Signal(label, "gauge", (_squash(value[0]) if value else 0.0,))
    else:
        yield Signal(label, "pad", tuple(_squash(item) for item in value[:2]))
        yield from (
            Signal(f"{label} {index}", "gauge", (_squash(item),))
            for index, item in enumerate(value[2:], start=2)
        )


def _lamp(label: str, lit: bool, text: str = "") -> Signal:
    return Signal(label, "lamp", (float(lit),), text)


def _members(hint: Any) -> list[enum.Enum]:
    """The members of the enum that a collection is annotated to hold."""
    enums = (a for a in get_args(hint) if isinstance(a, type) and issubclass(a, enum.Enum))
    return list(next(enums, ()))


def _squash(value: float) -> float:
    """Map any number to -1..1, steeply near 0; NaN becomes 0."""
    if not math.isfinite(value):
        return math.copysign(1.0, value) if math.isinf(value) else 0.0
    return value / (abs(value) + _KNEE)
