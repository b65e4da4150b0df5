"""ThreadWorker: runs the model on a thread of this process."""

import asyncio
import logging
import threading
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from pydantic import BaseModel

from lucid.authoring.definition import build_model_definition
from lucid.authoring.model import LucidModel
from lucid.errors import InputQueueFullError, LucidError
from lucid.runtime.context import RunningContext
from lucid.runtime.frame_emitter import Allocate
from lucid.runtime.loading import load_error
from lucid.runtime.messages import (
    ControlMessage,
    ErrorInfo,
    Input,
    InputRefused,
    Loaded,
    LoadFailed,
    LoadProgress,
    Reloading,
    WorkerEvent,
    WorkerLost,
)
from lucid.runtime.port_calls import LIMITS, PORT_ERRORS, Limits, PortCalls
from lucid.runtime.ranks import Ranks
from lucid.runtime.script import NO_SCRIPT, Script
from lucid.runtime.session_runner import SessionRunner

JOIN_S = 5.0
"""How long to wait for a running step when the worker ends."""
WATCH_S = 0.25

logger = logging.getLogger(__name__)


def own_memory(shape: tuple[int, ...]) -> np.ndarray:
    """Allocate pixels in the memory of this process."""
    return np.empty(shape, np.uint8)


class ThreadWorker:
    """Runs the model's ``load``, sessions and handlers on one thread with its own event loop.

    A thread cannot be killed. If a handler or ``close()`` never ends, the worker emits WorkerLost
    and LoadFailed, and no further session can start. ProcessWorker then restarts the process.
    """

    def __init__(
        self,
        model_cls: type[LucidModel[Any]],
        config: BaseModel | None = None,
        allocate: Allocate = own_memory,
        limits: Limits = LIMITS,
        make_context: Callable[..., RunningContext] = RunningContext,
    ) -> None:
        self._make_context = make_context
        self._calls = PortCalls(limits, self._lose)
        self._emitting = threading.Lock()
        self._lost = False
        self._definition = build_model_definition(model_cls)
        self.manifest = self._definition.manifest
        self._config = config
        self._allocate = allocate
        self._model: LucidModel[Any] | None = None
        self._ranks: Ranks | None = None
        self._runners: dict[str, SessionRunner] = {}
        self._session_tasks: set[asyncio.Task[None]] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._main, name="lucid-model", daemon=True)
        self._stopping = asyncio.Event()

    def start(self, on_event: Callable[[WorkerEvent], None]) -> None:
        """See Worker."""
        self._on_event = on_event
        self._thread.start()
        threading.Thread(target=self._watch, name="lucid-limits", daemon=True).start()

    def open(self, session_id: str, script: Script = NO_SCRIPT) -> None:
        """See Worker."""
        assert self._model is not None, "open() must come after Loaded"
        context = self._make_context(
            session_id, self._definition, self._emit, self._allocate, self._calls
        )
        context.follow(script)
        runner = SessionRunner(self._model, context, script.rng_seed)
        self._runners[session_id] = runner  # now, for the messages that follow
        self._call(self._start, session_id, runner)

    def deliver(self, session_id: str, message: ControlMessage) -> None:
        """See Worker."""
        runner = self._runners.get(session_id)
        if runner is None:
            return  # the session is over, and its player gets a notice
        try:
            must_wake = runner.context.put(message)
        except InputQueueFullError as error:
            assert isinstance(message, Input)  # nothing else is refused
            self._emit(InputRefused.of(session_id, message, error))
            return
        if must_wake:  # otherwise a long step would pile up one callback for each message
            self._call(runner.context.wake)

    def shown(self, session_id: str) -> None:
        """See Worker."""
        runner = self._runners.get(session_id)
        if runner is not None and runner.context.shown():
            self._call(runner.context.wake)

    def close(self, session_id: str) -> None:
        """See Worker."""
        if runner := self._runners.get(session_id):
            self._call(runner.end)

    @property
    def has_ended(self) -> bool:
        """Whether the model's thread has ended."""
        return not self._thread.is_alive()

    def ping(self, on_pong: Callable[[], None]) -> None:
        """Call ``on_pong`` on the model's thread, as soon as no step blocks it."""
        self._call(on_pong)

    def reload(self) -> None:
        """See Worker."""
        self._emit(Reloading())
        self._call(lambda: asyncio.ensure_future(self._reload()))

    async def stop(self) -> None:
        """See Worker."""
        if self._thread.is_alive():
            self._call(self._stopping.set)
            await asyncio.to_thread(self._thread.join, 0 if self._lost else JOIN_S)
        if self._thread.is_alive() and not self._lost:
            logger.warning(
                "the model's thread has not ended: a step has blocked it for %s s", JOIN_S
            )

    def _call(self, function: Callable[..., object], *args: object) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(function, *args)

    def _emit(self, event: WorkerEvent) -> None:
        with self._emitting:
            if not self._lost:
                self._on_event(event)

    def _lose(self, error: LucidError) -> None:
        """Report that the model's thread is blocked for good; from any thread."""
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
            runner.run(self._run())

    async def _run(self) -> None:
        load = asyncio.ensure_future(self._load())
        stopping = asyncio.ensure_future(self._stopping.wait())
        await asyncio.wait({load, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if load.cancelled():  # the port cancelled it: this function does so only below
            error = load_error(self._definition.model_cls, RuntimeError("it raised CancelledError"))
            self._emit(LoadFailed(ErrorInfo.of(error)))
        load.cancel()  # no effect if it is done
        await asyncio.wait({load})
        await stopping
        await self._end_all()

    async def _load(self) -> None:
        model_cls = self._definition.model_cls
        try:
            self._model = model_cls(self._config)
            self._ranks = Ranks(model_cls, self._config, self._lose)
            await self._ranks.load(self._model, self._report)
        except PORT_ERRORS as raised:  # whatever the port raises
            self._emit(LoadFailed(ErrorInfo.of(load_error(model_cls, raised))))
        else:
            self._emit(Loaded())

    async def _reload(self) -> None:
        await self._end_all()
        self._model = None
        await self._load()

    def _report(self, stage: str, fraction: float | None) -> None:
        self._emit(LoadProgress(str(stage), None if fraction is None else float(fraction)))

    def _start(self, session_id: str, runner: SessionRunner) -> None:
        session_task = self._loop.create_task(runner.run(), name=f"session {session_id[:8]}")
        self._session_tasks.add(session_task)

        def forget(task: asyncio.Task[None]) -> None:
            self._session_tasks.discard(task)
            if self._runners.get(session_id) is runner:  # else it has started anew
                del self._runners[session_id]
            task.result()  # run() must not raise: if it does, asyncio logs the error

        session_task.add_done_callback(forget)

    async def _end_all(self) -> None:
        for runner in list(self._runners.values()):
            runner.end()
        if self._session_tasks:
            await asyncio.wait(self._session_tasks)
        if self._model is not None and self._ranks is not None:
            await self._ranks.unload(self._model)
