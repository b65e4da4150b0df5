"""Read any frozen-dataclass Action as labelled signals, and guess how they move a camera."""

from __future__ import annotations

import dataclasses
import enum
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any, Literal, get_args, get_type_hints

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
"""The size of a value that counts as half of full: world models use velocities below 1, and pixels
saturate."""


@dataclass(frozen=True)
class Signal:
    """One thing that an Action says."""

    label: str
    kind: Literal["lamp", "gauge", "pad"]
    values: tuple[float, ...]
    """In -1..1: one number, or two and more for a pad."""

    text: str = ""
    """What a lamp stands for while it is lit, where that is not its label."""

    @property
    def lit(self) -> bool:
        """Whether the player does it now."""
        return any(self.values)


@dataclass(frozen=True)
class Drive:
    """Where the signals push the camera during one step, each in about -1..1."""

    strafe: float = 0.0
    forward: float = 0.0
    lift: float = 0.0
    yaw: float = 0.0
    pitch: float = 0.0
    boost: float = 1.0


def read_signals(action: Any) -> tuple[Signal, ...]:
    """The signals of a dataclass instance: every field at least once, in order, lit or not."""
    try:
        hints = get_type_hints(type(action))
    except NameError:
        hints = {}
    return tuple(
        signal
        for field in dataclasses.fields(action)
        for signal in _field_signals(field.name, getattr(action, field.name), hints.get(field.name))
    )


def drive(signals: Iterable[Signal]) -> Drive:
    """What signals with a usual name (``forward``, ``LEFT``, ``sprint``) and pairs of numbers do to
    a camera."""
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
        yield _lamp(label, bool(value), str(value) if value else "")


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
    """Any finite number to -1..1, steep near 0."""
    if not math.isfinite(value):
        return math.copysign(1.0, value) if math.isinf(value) else 0.0
    return value / (abs(value) + _KNEE)
