"""``@input``: declare a session method as an input that a player can send."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from lucid.authoring.bindings import Binding
from lucid.errors import DeclarationError

HandlerT = TypeVar("HandlerT", bound=Callable[..., object])
_STAMP = "__lucid_input__"


@dataclass(frozen=True)
class InputOptions:
    """The arguments of ``@input``."""

    description: str
    paused: bool | None
    binding: Binding | None


def input(
    handler: None = None,
    /,
    *,
    description: str = "",
    paused: bool | None = None,
    binding: Binding | None = None,
) -> Callable[[HandlerT], HandlerT]:
    """Declare a handler (sync or async) as an input with the name of the method.

    If ``paused`` is True, the input is accepted while the session is paused. The default is True
    for holds, axes, cameras, microphones and ``set_prompt``, and False for the others. Types and
    pydantic constraints in ``Annotated`` become the input's schema, and Lucid validates every
    message against it.
    """
    if handler is not None:
        raise DeclarationError(
            f"@input on {getattr(handler, '__qualname__', '?')!r} is missing its parentheses",
            hint="write @input() or @input(description=...)",
        )

    def stamp(method: HandlerT) -> HandlerT:
        setattr(method, _STAMP, InputOptions(description, paused, binding))
        return method

    return stamp


def input_options(member: object) -> InputOptions | None:
    """Return the options that ``@input`` stored on a class member, or None."""
    options = getattr(member, _STAMP, None)
    return options if isinstance(options, InputOptions) else None
