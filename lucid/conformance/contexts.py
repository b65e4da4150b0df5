"""Find the contexts that an engine counts its steps in."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import Any

from lucid.conditioning.context import Context


def contexts_of(session: Any) -> list[Context]:
    """Return the contexts of a session, its model and their attributes, such as the engine."""
    outer = [session, session.model]
    inner = chain.from_iterable(map(_values, outer))
    found = chain.from_iterable(map(_values, [*outer, *inner]))
    return list({id(value): value for value in found if isinstance(value, Context)}.values())


def _values(thing: Any) -> Iterator[Any]:
    yield from list(getattr(thing, "__dict__", {}).values())
