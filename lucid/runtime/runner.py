"""The life of one session on the model's thread: create, run, close."""

from __future__ import annotations

import asyncio
import inspect
import logging
from collections.abc import Callable
from typing import Any

from lucid.authoring.definition import ModelDefinition
from lucid.authoring.model import LucidModel
from lucid.authoring.session import LucidSession
from lucid.errors import LucidError, SessionFailedError
from lucid.runtime.context import PORT_ERRORS, Allocate, RunningContext
from lucid.runtime.messages import (
    ErrorInfo,
    SessionOver,
    SessionStarted,
    WorkerEvent,
)

GRACE_S = 0.5
"""How long run() may take to see that ``ctx.running`` is False before it is cancelled."""
CANCEL_S = 5.0
"""How long run() may take to let itself be cancelled."""

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
    ) -> None:
        self.context = RunningContext(session_id, definition, emit, allocate)
        self._model = model
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
        finally:
            error = await self._close() or error
            self._emit(
                SessionOver(self.context.session_id, None if error is None else ErrorInfo.of(error))
            )

    async def _run(self, session: LucidSession[Any]) -> None:
        run = asyncio.ensure_future(self._guarded(session))
        others: list[asyncio.Future[Any]] = [
            asyncio.ensure_future(self.context.pump()),
            asyncio.ensure_future(self._ended.wait()),
        ]
        try:
            await asyncio.wait({run, *others}, return_when=asyncio.FIRST_COMPLETED)
            await self.context.apply_inputs()  # the releases that came before the end
            if not run.done():
                await asyncio.wait({run}, timeout=GRACE_S)
            if not run.done():
                run.cancel()
                await asyncio.wait({run}, timeout=CANCEL_S)
        finally:
            for task in others:
                task.cancel()
            await asyncio.gather(*others, return_exceptions=True)
        if not run.done():
            raise SessionFailedError(
                f"{type(session).__name__}.run() goes on after it was cancelled",
                hint="do not catch CancelledError in run(), or raise it again",
            )
        if not run.cancelled():
            run.result()

    async def _guarded(self, session: LucidSession[Any]) -> None:
        try:
            await session.run()
        except SystemExit as raised:  # in a task of its own it would end the event loop
            raise self._failure("run", raised) from raised

    async def _close(self) -> LucidError | None:
        self.context.end()
        if self.context.session is None:
            return None
        try:
            result = self.context.session.close()
            if inspect.isawaitable(result):
                await result
        except PORT_ERRORS as raised:  # the border around author code
            return self._failure("close", raised)
        finally:
            self.context.session = None
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
