"""SessionRunner: creates, runs and closes one session on the model's thread."""

import asyncio
import logging
from typing import Any

from lucid.authoring.model import LucidModel
from lucid.authoring.session import LucidSession
from lucid.errors import LucidError, SessionFailedError
from lucid.runtime.context import RunningContext
from lucid.runtime.global_rngs import seed_global_rngs
from lucid.runtime.hints import error_hint
from lucid.runtime.messages import ErrorInfo, SessionOver, SessionStarted
from lucid.runtime.port_calls import PORT_ERRORS

GRACE_S = 0.5
"""How long ``run()`` has to notice that ``ctx.running`` is False before it is cancelled."""
CANCEL_S = 5.0
"""How long ``run()``, or a running handler, may take to end after it was cancelled."""

logger = logging.getLogger(__name__)


class SessionRunner:
    """One session of a loaded model."""

    def __init__(
        self, model: LucidModel[Any], context: RunningContext, rng_seed: int | None = None
    ) -> None:
        """``rng_seed`` seeds the global random generators before the session is created."""
        self.context = context
        self._rng_seed = rng_seed
        self._model = model
        self._session: LucidSession[Any] | None = None
        self._ended = asyncio.Event()

    def end(self) -> None:
        """End the session; on the model's thread."""
        self.context.end()
        self._ended.set()

    async def run(self) -> None:
        """Create the session, run it until it ends, and close it. This never raises an error."""
        error: LucidError | None = None
        try:
            if self._rng_seed is not None:
                seed_global_rngs(self._rng_seed)
            session = self._session = self._model.create_session(self.context)
            self.context.handlers.session = session
            self.context.emit(SessionStarted(self.context.session_id, self._rng_seed))
            await self._run(session)
        except PORT_ERRORS as raised:  # whatever the port raises
            error = self._failure("run" if self._session else self._creation, raised)
        except asyncio.CancelledError:  # this task is cancelled only if the thread ends
            error = SessionFailedError("the model's thread has ended", hint="play again")
            raise
        finally:
            error = await self._close() or error
            self.context.emit(
                SessionOver(self.context.session_id, None if error is None else ErrorInfo.of(error))
            )

    @property
    def _creation(self) -> str:
        """The port's function that creates a session."""
        model_cls = type(self._model)
        if model_cls.create_session is not LucidModel.create_session:
            return "create_session"
        return f"{model_cls.session_cls.__name__}.__init__"

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
            if run.cancelled():  # the port cancelled it: this function does so only below
                raise RuntimeError("it raised CancelledError")
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks, timeout=CANCEL_S)
        if not run.done():
            self.context.calls.hang(f"{type(session).__name__}.run() does not end when cancelled")
        if self.context.failure is not None:
            raise self.context.failure
        for task in tasks:
            if task.done() and not task.cancelled():
                task.result()

    async def _guarded(self, session: LucidSession[Any]) -> None:
        try:
            await self.context.apply_inputs()  # those that came before the first step
            await session.run()
        except SystemExit as raised:  # raised by a task, it would end the event loop
            raise self._failure("run", raised) from raised

    async def _close(self) -> LucidError | None:
        self.context.end()
        try:
            if self._session is not None:
                close = self._session.close
                await self.context.calls.call("close()", self.context.calls.limits.close_s, close)
        except PORT_ERRORS as raised:  # whatever the port raises
            return self._failure("close", raised)
        finally:
            self._session = None
            self.context.close()
        return None

    def _failure(self, where: str, raised: BaseException) -> LucidError:
        if isinstance(raised, LucidError):
            logger.error("session %s: %s", self.context.session_id[:8], raised)
            return raised
        logger.error("session %s: %s() raised", self.context.session_id[:8], where, exc_info=raised)
        return SessionFailedError(
            f"the port's {where}() raised {type(raised).__name__}: {raised}",
            hint=error_hint(raised, type(self._model))
            or "its traceback is in the server's log; play again starts a new session",
        )
