"""ThreadWorker: the model on a thread of this process."""

from __future__ import annotations

import asyncio
import inspect
import logging
import threading
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from pydantic import BaseModel

from lucid.authoring.definition import build_model_definition
from lucid.authoring.model import LoadContext, LucidModel
from lucid.errors import InputQueueFullError, LucidError, ModelLoadError
from lucid.runtime.clock import MONOTONIC, Clock
from lucid.runtime.context import Allocate
from lucid.runtime.limits import LIMITS, PORT_ERRORS, Limits, PortCalls
from lucid.runtime.messages import (
    ControlMessage,
    ErrorInfo,
    Input,
    InputRefused,
    Loaded,
    LoadFailed,
    LoadProgress,
    WorkerEvent,
    WorkerLost,
)
from lucid.runtime.runner import SessionRunner

JOIN_S = 5.0
"""How long a blocking step may hold up the end of the process."""
WATCH_S = 0.25

logger = logging.getLogger(__name__)


def own_memory(shape: tuple[int, int]) -> np.ndarray:
    """Memory of this process for a picture."""
    return np.empty(shape, np.uint8)


class ThreadWorker:
    """Runs the model's ``load``, sessions and handlers on one thread with its own event loop.

    A thread cannot be killed. If a handler or ``close()`` never ends, the worker reports that it is
    lost, and that no session can start any more; ProcessWorker then starts another process.
    """

    def __init__(
        self,
        model_cls: type[LucidModel[Any]],
        config: BaseModel | None = None,
        allocate: Allocate = own_memory,
        clock: Clock = MONOTONIC,
        limits: Limits = LIMITS,
    ) -> None:
        self._clock = clock
        self._calls = PortCalls(limits, self._lose)
        self._emitting = threading.Lock()
        self._lost = False
        self._definition = build_model_definition(model_cls)
        self.manifest = self._definition.manifest
        self._config = config
        self._allocate = allocate
        self._model: LucidModel[Any] | None = None
        self._runners: dict[str, SessionRunner] = {}
        self._lives: set[asyncio.Task[None]] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._main, name="lucid-model", daemon=True)
        self._stopping = asyncio.Event()

    def start(self, on_event: Callable[[WorkerEvent], None]) -> None:
        """Load the model on its thread."""
        self._on_event = on_event
        self._thread.start()
        threading.Thread(target=self._watch, name="lucid-limits", daemon=True).start()

    def open(self, session_id: str) -> None:
        """Start a session."""
        assert self._model is not None, "the host opens sessions once the model is loaded"
        runner = SessionRunner(
            session_id,
            self._model,
            self._definition,
            self._emit,
            self._allocate,
            self._calls,
            self._clock,
        )
        self._runners[session_id] = runner  # at once: what is sent next must find it
        self._call(self._start, session_id, runner)

    def deliver(self, session_id: str, message: ControlMessage) -> None:
        """Queue a message for a session."""
        runner = self._runners.get(session_id)
        if runner is None:
            return  # it is over, and the sender will hear so
        try:
            runner.context.put(message)
        except InputQueueFullError as error:
            seq = message.seq if isinstance(message, Input) else 0
            self._emit(InputRefused(session_id, seq, ErrorInfo.of(error)))
            return
        self._call(runner.context.wake)

    def shown(self, session_id: str) -> None:
        """A frame of the session was shown."""
        runner = self._runners.get(session_id)
        if runner is not None and runner.context.shown():
            self._call(runner.context.wake)

    def close(self, session_id: str) -> None:
        """Ask a session to end."""
        if runner := self._runners.get(session_id):
            self._call(runner.end)

    @property
    def has_ended(self) -> bool:
        """Whether the model's thread is over."""
        return not self._thread.is_alive()

    def ping(self, answer: Callable[[], None]) -> None:
        """Call ``answer`` on the model's thread, as soon as no step blocks it."""
        self._call(answer)

    async def stop(self) -> None:
        """End every session, unload the model, end the thread."""
        if self._thread.is_alive():
            self._call(self._stopping.set)
            await asyncio.to_thread(self._thread.join, 0 if self._lost else JOIN_S)
        if self._thread.is_alive() and not self._lost:
            logger.warning(
                "the model's thread does not end: a step has blocked it for %s s", JOIN_S
            )

    def _call(self, function: Callable[..., object], *args: object) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(function, *args)

    def _emit(self, event: WorkerEvent) -> None:
        with self._emitting:
            if not self._lost:
                self._on_event(event)

    def _lose(self, error: LucidError) -> None:
        """Give the thread up; from any thread."""
        with self._emitting:
            if not self._lost:
                self._lost = True
                logger.error("%s", error.message)
                self._on_event(WorkerLost(ErrorInfo.of(error)))
                self._on_event(LoadFailed(ErrorInfo.of(error)))

    def _watch(self) -> None:
        """Report a call of the port that blocks the model's thread for too long."""
        while self._thread.is_alive() and not self._lost:
            self._calls.check(time.monotonic())
            self._thread.join(WATCH_S)

    # --- on the model's thread --------------------------------------------------------------

    def _main(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._live())

    async def _live(self) -> None:
        load = asyncio.ensure_future(self._load())
        stopping = asyncio.ensure_future(self._stopping.wait())
        await asyncio.wait({load, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if load.cancelled():  # by the port: nobody here has cancelled it yet
            error = self._load_error(RuntimeError("it raised CancelledError"))
            self._emit(LoadFailed(ErrorInfo.of(error)))
        load.cancel()  # no effect where it is done
        await asyncio.wait({load})
        await stopping
        await self._end_all()

    async def _load(self) -> None:
        model_cls = self._definition.model_cls
        try:
            self._model = model_cls(self._config)
            context = LoadContext(self._model.logger, self._report)
            result = self._model.load(context)
            if inspect.isawaitable(result):
                await result
        except PORT_ERRORS as raised:  # the border around author code
            self._emit(LoadFailed(ErrorInfo.of(self._load_error(raised))))
        else:
            self._emit(Loaded())

    def _report(self, stage: str, fraction: float | None) -> None:
        self._emit(LoadProgress(str(stage), None if fraction is None else float(fraction)))

    def _load_error(self, raised: BaseException) -> LucidError:
        name = self._definition.model_cls.__name__
        error: BaseException = raised
        traceback: BaseException | None = None
        if isinstance(raised, ModuleNotFoundError):
            error = ModelLoadError(
                f"{name}.load() needs {raised.name}, which is not installed",
                hint="install what the port needs (its README says how; a scaffolded port: pip "
                "install '.[engine]'), or try its controls with `lucid serve --stub`",
            )
        elif not isinstance(raised, LucidError):
            traceback = raised
            error = ModelLoadError(
                f"{name}.load() raised {type(raised).__name__}: {raised}",
                hint="its traceback is in the server's log; `lucid serve --stub` plays without it",
            )
        logger.error("the model did not load: %s", error, exc_info=traceback)
        assert isinstance(error, LucidError)
        return error

    def _start(self, session_id: str, runner: SessionRunner) -> None:
        life = self._loop.create_task(runner.live(), name=f"session {session_id[:8]}")
        self._lives.add(life)

        def forget(task: asyncio.Task[None]) -> None:
            self._lives.discard(task)
            self._runners.pop(session_id, None)
            task.result()  # live() never raises: if it does, asyncio logs it

        life.add_done_callback(forget)

    async def _end_all(self) -> None:
        for runner in list(self._runners.values()):
            runner.end()
        if self._lives:
            await asyncio.wait(self._lives)
        if self._model is not None:
            try:
                result = self._model.unload()
                if inspect.isawaitable(result):
                    await result
            except PORT_ERRORS:
                logger.exception("unload() raised")
