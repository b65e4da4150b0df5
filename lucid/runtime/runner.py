"""The life of one session on the model's thread: create, run, close."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any

from lucid.authoring.definition import ModelDefinition
from lucid.authoring.model import LucidModel
from lucid.authoring.session import LucidSession
from lucid.errors import LucidError, SessionFailedError
from lucid.runtime.clock import MONOTONIC, Clock
from lucid.runtime.context import Allocate, RunningContext
from lucid.runtime.limits import PORT_ERRORS, PortCalls
from lucid.runtime.messages import (
    ErrorInfo,
    SessionOver,
    SessionStarted,
    WorkerEvent,
)

GRACE_S = 0.5
"""How long run() may take to see that ``ctx.running`` is False before it is cancelled."""
CANCEL_S = 5.0
"""How long run(), or a handler that is applied, may take to end once it is cancelled."""

logger = logging.getLogger(__name__)


class SessionRunner:
    """One session of a loaded model."""

    def __init__(
        self,
        session_id: str,
        model: LucidModel[Any],
        definition: ModelDefinition,
        emit: Callable[[WorkerEvent], None],
        allocate: Allocate,
        calls: PortCalls,
        clock: Clock = MONOTONIC,
    ) -> None:
        self.context = RunningContext(session_id, definition, emit, allocate, calls, clock)
        self._model = model
        self._calls = calls
        self._emit = emit
        self._ended = asyncio.Event()

    def end(self) -> None:
        """Ask run() to return; on the model's thread."""
        self.context.end()
        self._ended.set()

    async def live(self) -> None:
        """Create the session, run it to its end and close it; never raises."""
        error: LucidError | None = None
        try:
            self.context.session = self._model.create_session(self.context)
            self._emit(SessionStarted(self.context.session_id))
            await self._run(self.context.session)
        except PORT_ERRORS as raised:  # the border around author code
            error = self._failure("run", raised)
        except asyncio.CancelledError:  # nobody cancels this task but the end of the thread
            error = SessionFailedError("the model's thread has ended", hint="play again")
            raise
        finally:
            error = await self._close() or error
            self._emit(
                SessionOver(self.context.session_id, None if error is None else ErrorInfo.of(error))
            )

    async def _run(self, session: LucidSession[Any]) -> None:
        run = asyncio.ensure_future(self._guarded(session))
        pump = asyncio.ensure_future(self.context.pump())
        ended = asyncio.ensure_future(self._ended.wait())
        tasks: set[asyncio.Future[Any]] = {run, pump, ended}
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            await self.context.release()
            if not run.done():
                await asyncio.wait({run}, timeout=GRACE_S)
            if run.cancelled():  # by the port: nobody here has cancelled it yet
                raise RuntimeError("it raised CancelledError")
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks, timeout=CANCEL_S)
        if not run.done():
            self._calls.hang(f"{type(session).__name__}.run() goes on after it was cancelled")
        if self.context.failure is not None:
            raise self.context.failure
        for task in tasks:
            if task.done() and not task.cancelled():
                task.result()

    async def _guarded(self, session: LucidSession[Any]) -> None:
        try:
            await session.run()
        except SystemExit as raised:  # in a task of its own it would end the event loop
            raise self._failure("run", raised) from raised

    async def _close(self) -> LucidError | None:
        self.context.end()
        if self.context.session is None:
            self.context.close()
            return None
        try:
            close = self.context.session.close
            await self._calls.call("close()", self._calls.limits.close_s, close)
        except PORT_ERRORS as raised:  # the border around author code
            return self._failure("close", raised)
        finally:
            self.context.close()
        return None

    def _failure(self, where: str, raised: BaseException) -> LucidError:
        if isinstance(raised, LucidError):
            logger.error("session %s: %s", self.context.session_id[:8], raised)
            return raised
        logger.error("session %s: %s() raised", self.context.session_id[:8], where, exc_info=raised)
        return SessionFailedError(
            f"the port's {where}() raised {type(raised).__name__}: {raised}",
            hint="its traceback is in the server's log; play again starts a new session",
        )
