"""``@input``: declare a method of a session as something a player can send."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from lucid.authoring.bindings import Binding
from lucid.errors import DeclarationError

HandlerT = TypeVar("HandlerT", bound=Callable[..., object])
_STAMP = "__lucid_input__"


@dataclass(frozen=True)
class InputOptions:
    """What ``@input`` was given."""

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
    """Declare a handler (sync or async) as an input named like the method.

    ``paused`` says whether it is accepted while the session is paused; by default holds, axes and
    ``set_prompt`` are. The arguments' types and ``Annotated`` pydantic constraints become the
    input's schema and are enforced.
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
    """The options that ``@input`` stamped on a class member; None where it did not."""
    options = getattr(member, _STAMP, None)
    return options if isinstance(options, InputOptions) else None
