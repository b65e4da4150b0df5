"""InputHandlers: calls the handlers of a session's inputs, on the model's thread."""

import logging
from collections.abc import Callable
from contextvars import ContextVar
from functools import partial
from typing import Any

from lucid.authoring.definition import InputDefinition, ModelDefinition
from lucid.authoring.parameters import release_args
from lucid.authoring.session import LucidSession
from lucid.errors import (
    InputError,
    InputHandlerError,
    InputPausedError,
    LucidError,
    SessionTimeoutError,
    UnknownInputError,
)
from lucid.runtime.messages import Input
from lucid.runtime.port_calls import PORT_ERRORS, PortCalls

_current: ContextVar[object | None] = ContextVar("_current", default=None)
"""The handler call that the current task belongs to."""


class InputHandlers:
    """A session's input handlers, and the inputs that are held.

    A handler that exceeds its time limit is reported to ``fail``, which ends the session.
    """

    def __init__(
        self,
        definition: ModelDefinition,
        calls: PortCalls,
        fail: Callable[[LucidError], None],
        logger: logging.Logger,
    ) -> None:
        self.session: LucidSession[Any] | None = None
        self._inputs = definition.inputs
        self._calls = calls
        self._fail = fail
        self._logger = logger
        self.held: dict[str, dict[str, Any]] = {}
        """The arguments of each held input."""
        self._running: object | None = None
        """The handler call that is running."""

    @property
    def is_current_task(self) -> bool:
        """Whether the current task runs a handler, or was started by the running handler."""
        return self._running is not None and _current.get() is self._running

    async def apply(self, message: Input, *, paused: bool, ending: bool) -> None:
        """Validate an input and call its handler.

        Raises:
            InputError: The input does not fit its declaration, its handler raised, or the session
                is paused and the input must wait.
        """
        definition = self._inputs.get(message.name)
        if definition is None:
            raise UnknownInputError(message.name, self._inputs)
        values = definition.validate(message.args)
        if paused and not definition.spec.paused and not definition.is_release(values):
            raise InputPausedError(message.name)
        await self._call(definition, values, ending)

    async def release_all(self, *, ending: bool) -> dict[str, dict[str, Any]]:
        """Release every held input; return the arguments by input.

        If a handler raises, the other inputs are still released.
        """
        released: dict[str, dict[str, Any]] = {}
        for name in list(self.held):
            definition = self._inputs[name]
            values = release_args(definition.spec)
            assert values is not None
            try:
                await self._call(definition, values, ending)
                released[name] = values
            except InputError:
                self.held.pop(name, None)
        return released

    async def _call(
        self, definition: InputDefinition, values: dict[str, Any], ending: bool
    ) -> None:
        name, limits = definition.spec.name, self._calls.limits
        is_release = definition.is_release(values)
        self._running = object()
        token = _current.set(self._running)
        try:
            handler = partial(getattr(self.session, name), **values)
            limit_s = limits.releases_s if ending and is_release else limits.handler_s
            await self._calls.call(f"input {name!r}", limit_s, handler)
        except InputError:
            raise  # the handler refused the input
        except SessionTimeoutError as error:
            self._logger.error("%s: the session ends", error.message)
            self._fail(error)
        except PORT_ERRORS as error:
            self._logger.exception("input %s raised", name)
            raise InputHandlerError(
                f"input {name!r} failed: {type(error).__name__}: {error}",
                hint="the port's handler raised; its traceback is in the server's log",
            ) from error
        finally:
            self._running = None
            _current.reset(token)
        if is_release:
            self.held.pop(name, None)
        elif release_args(definition.spec) is not None:
            self.held[name] = values
