"""Check which methods of a port are async, and that none contains ``yield``."""

import inspect
from collections.abc import Iterable
from typing import Any

from lucid.authoring.model import LucidModel
from lucid.authoring.session import LucidSession
from lucid.errors import DeclarationError


def check_methods(
    model_cls: type[LucidModel[Any]], session_cls: type[LucidSession[Any]], handlers: Iterable[str]
) -> None:
    """Check that each method is ``def`` or ``async def`` as required, without ``yield``.

    Raises:
        DeclarationError: the message names the class, the method and the correct form.
    """
    run = _function(session_cls, "run")
    if not inspect.iscoroutinefunction(run):
        raise DeclarationError(
            f"{session_cls.__name__}: run must be `async def` without yield: "
            "publish each frame with `await self.ctx.publish(...)`"
        )
    create = _function(model_cls, "create_session")
    if inspect.iscoroutinefunction(create) or _yields(create):
        raise DeclarationError(
            f"{model_cls.__name__}: create_session must be `def` without yield, and return the "
            "session",
            hint="do slow work in load, or at the start of the session's run",
        )
    for owner, names in ((model_cls, ("load", "unload")), (session_cls, ("close", *handlers))):
        for name in names:
            if _yields(_function(owner, name)):
                raise DeclarationError(
                    f"{owner.__name__}: {name} must be `def` or `async def` without yield, because "
                    "the body of a generator would never run",
                    hint="to report progress, call ctx.progress(...)" if name == "load" else None,
                )


def _function(owner: type, name: str) -> Any:
    """Return a method without decorators that set ``__wrapped__``."""
    member = getattr(owner, name)
    return inspect.unwrap(member) if callable(member) else member


def _yields(function: Any) -> bool:
    return inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function)
