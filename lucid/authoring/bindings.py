"""Bindings: which browser gesture fills an input (hold, press, axis, pointer, wheel)."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from lucid.authoring.gestures import KEY_CODES, nearest_key_code
from lucid.errors import DeclarationError


class _Binding(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


class HoldBinding(_Binding):
    """Sends True when a key or mouse button goes down, and False when it goes up."""

    kind: Literal["hold"] = "hold"
    keys: tuple[str, ...] = ()
    mouse_buttons: tuple[int, ...] = ()


class PressBinding(_Binding):
    """Calls the handler once per key or button press."""

    kind: Literal["press"] = "press"
    keys: tuple[str, ...] = ()
    mouse_buttons: tuple[int, ...] = ()


class AxisBinding(_Binding):
    """Sends a value in -1..1: +1 for a positive key, -1 for a negative key, 0 for both."""

    kind: Literal["axis"] = "axis"
    positive_keys: tuple[str, ...] = ()
    negative_keys: tuple[str, ...] = ()


class PointerBinding(_Binding):
    """Sends relative motion of the locked pointer in CSS pixels, summed between steps; +x is
    right, +y is down."""

    kind: Literal["pointer"] = "pointer"


class WheelBinding(_Binding):
    """Sends wheel motion in notches, summed between steps; scrolling up is positive."""

    kind: Literal["wheel"] = "wheel"


Binding = Annotated[
    HoldBinding | PressBinding | AxisBinding | PointerBinding | WheelBinding,
    Field(discriminator="kind"),
]


def hold(*, keys: tuple[str, ...] = (), mouse_buttons: tuple[int, ...] = ()) -> HoldBinding:
    """Bind ``(self, pressed: bool)`` to keys (``KeyboardEvent.code``) and mouse buttons (0 left, 1
    middle, 2 right).
    """
    return HoldBinding.model_construct(keys=keys, mouse_buttons=mouse_buttons)


def press(*, keys: tuple[str, ...] = (), mouse_buttons: tuple[int, ...] = ()) -> PressBinding:
    """Bind ``(self)`` to the moment a key or mouse button goes down."""
    return PressBinding.model_construct(keys=keys, mouse_buttons=mouse_buttons)


def axis(*, positive_keys: tuple[str, ...], negative_keys: tuple[str, ...]) -> AxisBinding:
    """Bind ``(self, value: float)`` to two groups of keys that pull a value towards +1 and -1."""
    return AxisBinding.model_construct(positive_keys=positive_keys, negative_keys=negative_keys)


def pointer() -> PointerBinding:
    """Bind ``(self, dx: float, dy: float)`` to the motion of the locked pointer."""
    return PointerBinding()


def wheel() -> WheelBinding:
    """Bind ``(self, delta: float)`` to the mouse wheel."""
    return WheelBinding()


def check_binding(where: str, binding: Binding) -> Binding:
    """Validate a binding; return it with its lists as tuples.

    ``hold()`` and the others do not validate, because only here the error can name the input.

    Raises:
        DeclarationError: the message starts with ``where``, the hint is the fix.
    """
    match binding:
        case HoldBinding() | PressBinding():
            place = f"{where}: {binding.kind}()"
            if not binding.keys and not binding.mouse_buttons:
                raise DeclarationError(
                    f"{place} binds nothing",
                    hint=f'write for example {binding.kind}(keys=("KeyW",))',
                )
            _check_keys(place, "keys", binding.keys)
            _check_buttons(place, binding.mouse_buttons)
        case AxisBinding():
            place = f"{where}: axis()"
            _check_keys(place, "positive_keys", binding.positive_keys)
            _check_keys(place, "negative_keys", binding.negative_keys)
            if both := set(binding.positive_keys) & set(binding.negative_keys):
                raise DeclarationError(
                    f"{place}: {', '.join(sorted(both))} is both a positive and a negative key",
                    hint="list each key on one side only",
                )
        case PointerBinding() | WheelBinding():
            pass
        case _:
            raise DeclarationError(
                f"{where}: {binding!r} is not a binding",
                hint="write hold(...), press(...), axis(...), pointer() or wheel()",
            )
    return type(binding)(**binding.__dict__)


def _check_keys(place: str, option: str, keys: object) -> None:
    if not isinstance(keys, tuple | list):
        raise DeclarationError(
            f"{place}: {option} must be a tuple of key codes, got {keys!r}",
            hint=f'write for example {option}=("KeyW",)',
        )
    for key in keys:
        if key not in KEY_CODES:
            raise DeclarationError(
                f"{place}: {key!r} in {option} is not a KeyboardEvent.code",
                hint=f'write "{nearest_key_code(str(key))}"',
            )


def _check_buttons(place: str, buttons: object) -> None:
    if not isinstance(buttons, tuple | list) or not all(button in range(5) for button in buttons):
        raise DeclarationError(
            f"{place}: mouse_buttons must be a tuple of 0 (left) to 4, got {buttons!r}",
            hint="write for example mouse_buttons=(0,)",
        )
