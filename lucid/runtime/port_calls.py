"""PortCalls: calls a port with a time limit, and reports a call that blocks the model's thread."""

import asyncio
import inspect
import math
import time
import types
from collections.abc import Awaitable, Callable, Coroutine, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

from lucid.errors import ModelProcessError, SessionTimeoutError

PORT_ERRORS = (Exception, SystemExit)
"""The errors of a port's code. ``sys.exit()`` in a library must not end the model's thread."""
HINT = "restart this program, or use `lucid serve`, which restarts the model process by itself"
TICK_S = 0.25
CANCEL_S = 1.0
"""How long a handler or ``close()`` may take to end after it was cancelled."""


@dataclass(frozen=True)
class Limits:
    """How long the calls into a port may take."""

    handler_s: float = 5.0
    """One call of an input handler."""
    close_s: float = 5.0
    """A session's ``close()``."""
    releases_s: float = 1.0
    """The release of all held inputs when a session ends."""


LIMITS = Limits()


class PortCalls:
    """Calls the handlers and ``close()`` of one model's sessions with a time limit.

    A call that awaits for too long is cancelled. A call that blocks the thread, or that continues
    after it was cancelled, cannot be ended, so ``on_hang`` is called.
    """

    def __init__(self, limits: Limits, on_hang: Callable[[ModelProcessError], None]) -> None:
        self.limits = limits
        self._on_hang = on_hang
        self._blocking: tuple[tuple[str, float, float], ...] = ()
        """The calls that run on the thread now, the outermost first: name, start and limit in
        seconds."""

    def check(self, now_s: float) -> None:
        """Call ``on_hang`` if a call blocks the model's thread for too long. Use any thread."""
        for what, since_s, limit_s in self._blocking:
            if now_s - since_s > limit_s:
                self.hang(f"{what} took more than {limit_s:g} s")
                return

    def hang(self, what: str) -> None:
        """Report that a call blocks its thread and cannot be ended. Use any thread."""
        self._on_hang(ModelProcessError(what, hint=HINT))

    async def call(self, what: str, limit_s: float, function: Callable[[], Any]) -> Any:
        """Call a port's function, which may be async, on the model's thread.

        Return what it returned, unless it is async.

        Raises:
            SessionTimeoutError: it took too long, whether it could be cancelled or not.
            Exception, SystemExit: what the function raised.
        """
        try:
            with self._on_thread(what, limit_s):
                result = function()
        except asyncio.CancelledError as error:  # the port raised it: nothing cancels this task
            raise RuntimeError("it raised CancelledError") from error
        if inspect.isawaitable(result):
            steps = self._steps(what, limit_s, _coroutine(result))
            return await self.finish(what, limit_s, _outcome(steps))
        return result

    async def finish(
        self, what: str, limit_s: float, coroutine: Coroutine[Any, Any, BaseException | None]
    ) -> None:
        """Await a coroutine, which returns its error or None, in a task of its own.

        Raises:
            SessionTimeoutError: it took too long, whether it could be cancelled or not.
            Exception, SystemExit: what the coroutine returned.
        """
        task = asyncio.create_task(coroutine)
        try:
            await _wait(task, limit_s)
        except asyncio.CancelledError:  # the session ends
            await self._cancel(task, what, limit_s)
            raise
        if not task.done():
            await self._cancel(task, what, limit_s)
            raise SessionTimeoutError(what, limit_s)
        if task.cancelled():
            raise RuntimeError("it raised CancelledError")
        if (error := task.result()) is not None:
            raise error

    async def _cancel(self, task: asyncio.Task[Any], what: str, limit_s: float) -> None:
        task.cancel()
        await asyncio.wait({task}, timeout=CANCEL_S)
        if not task.done():
            self.hang(f"{what} took more than {limit_s:g} s, and does not end when cancelled")

    @contextmanager
    def _on_thread(self, what: str, limit_s: float) -> Iterator[None]:
        before = self._blocking
        self._blocking = (*before, (what, time.monotonic(), limit_s))
        try:
            yield
        finally:
            self._blocking = before

    @types.coroutine
    def _steps(
        self, what: str, limit_s: float, coroutine: Coroutine[Any, Any, None]
    ) -> Generator[Any, Any, None]:
        """Run a coroutine, and record when it runs on the thread instead of waiting."""
        step = partial(coroutine.send, None)
        while True:
            with self._on_thread(what, limit_s):
                try:
                    awaited = step()
                except StopIteration:
                    return
            try:
                yield awaited
            except BaseException as raised:  # noqa: BLE001 - the coroutine gets it, such as a cancellation
                step = partial(coroutine.throw, raised)
            else:
                step = partial(coroutine.send, None)


async def call_to_end(function: Callable[..., Any], *args: Any, **kwargs: Any) -> None:
    """Call a method of a port that may be async, without a time limit."""
    result = function(*args, **kwargs)
    if inspect.isawaitable(result):
        await result


async def _wait(task: asyncio.Task[Any], limit_s: float) -> None:
    """Wait in short turns, so that a call that blocks the loop uses at most one turn."""
    for _ in range(math.ceil(limit_s / TICK_S)):
        await asyncio.wait({task}, timeout=min(TICK_S, limit_s))
        if task.done():
            return


async def _coroutine(awaitable: Awaitable[Any]) -> None:
    await awaitable


async def _outcome(call: Awaitable[None]) -> BaseException | None:
    """Return the error of a call or None, because a SystemExit in a task ends the event loop."""
    try:
        await call
    except PORT_ERRORS as raised:
        return raised
    return None
