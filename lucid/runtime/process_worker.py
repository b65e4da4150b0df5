"""ProcessWorker: the model in a process of its own, watched, and started again when it dies."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Self

from lucid._target import PortLocation
from lucid.errors import InputQueueFullError, LucidError, ModelProcessError, TargetError
from lucid.runtime.calls import Beat, Close, Deliver, Open, Shown, refusal
from lucid.runtime.inbox import Inbox
from lucid.runtime.limits import LIMITS, Limits
from lucid.runtime.messages import (
    ControlMessage,
    ErrorInfo,
    Input,
    InputRefused,
    Loaded,
    LoadFailed,
    ManifestChanged,
    Reloading,
    SessionOver,
    WorkerEvent,
    WorkerLost,
)
from lucid.runtime.model_process import AGAIN, GONE, ModelProcess
from lucid.runtime.reload import PortFiles, watch_port
from lucid.runtime.thread_worker import JOIN_S

SILENCE_S = 10.0
"""A loaded process that says nothing for so long is hung: not even its heartbeat gets through."""
LOADING_SILENCE_S = 120.0
"""Loading a library may hold everything else up; a heartbeat comes between two of them."""
STEP_LIMIT_S = 120.0
"""One step may take so long: the first one may compile."""
FIRST_RETRY_S, LAST_RETRY_S = 0.5, 30.0
"""The wait before a process that died is started again doubles between these."""
STEADY_S = 60.0
"""A process that was loaded for so long was fine: the next wait is the first one again."""
WATCH_S = 0.25

logger = logging.getLogger(__name__)


class ProcessWorker:
    """A Worker whose port cannot hurt the server: not its loop, its memory nor its life.

    The process starts at once and imports the port, so that the manifest is known; ``start`` loads
    the model. Use as a context manager, which leaves no process behind.
    """

    def __init__(
        self,
        location: PortLocation,
        *,
        stub: bool = False,
        reload: bool = False,
        silence_s: float = SILENCE_S,
        step_limit_s: float = STEP_LIMIT_S,
        limits: Limits = LIMITS,
    ) -> None:
        """Import the port.

        Raises:
            TargetError: it does not import.
            ModelProcessError: the process ended meanwhile.
        """
        self._location, self._stub, self._reload = location, stub, reload
        self._silence_s, self._step_limit_s = silence_s, step_limit_s
        self._limits = limits
        self._stopping = threading.Event()
        self._changed = threading.Event()
        self._emitting = threading.Lock()
        self._loaded_s: float | None = None
        self._threads: list[threading.Thread] = []
        self._inboxes: dict[str, Inbox] = {}
        """Messages that the process has not taken yet, by session."""
        self._files = PortFiles(location) if reload else None
        self._process = self._start_process()
        try:
            self.manifest = self._process.manifest()
        except BaseException:
            self._process.reap("imported the port")
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._stopping.set()
        self._changed.set()
        self._process.kill(None)
        for thread in self._threads:
            thread.join()
        self._process.reap("stopped")

    def start(self, on_event: Callable[[WorkerEvent], None]) -> None:
        """Load the model; ``on_event`` is called on a thread of this worker."""
        self._on_event = on_event
        jobs = [self._supervise, self._watch]
        if self._files is not None:
            jobs.append(self._watch_files)
        self._threads = [
            threading.Thread(target=job, name=f"lucid{job.__name__}", daemon=True) for job in jobs
        ]
        for thread in self._threads:
            thread.start()

    def open(self, session_id: str) -> None:
        """Start a session."""
        self._inboxes[session_id] = Inbox(self.manifest)
        self._process.send(Open(session_id))

    def deliver(self, session_id: str, message: ControlMessage) -> None:
        """Queue a message for a session."""
        inbox = self._inboxes.get(session_id)
        if inbox is None:
            return  # it is over, and the sender will hear so
        try:
            is_first = inbox.put(message)
        except InputQueueFullError as error:
            seq = message.seq if isinstance(message, Input) else 0
            self._on_event(InputRefused(session_id, seq, ErrorInfo.of(error)))
            return
        if is_first:
            self._process.send(lambda: [Deliver(session_id, one) for one in inbox.take()])

    def shown(self, session_id: str) -> None:
        """A frame of the session was shown."""
        self._process.send(Shown(session_id))

    def close(self, session_id: str) -> None:
        """Ask a session to end."""
        self._inboxes.pop(session_id, None)
        self._process.send(Close(session_id))

    async def stop(self) -> None:
        """End every session, unload the model, end the process."""
        self._stopping.set()
        self._changed.set()
        await asyncio.to_thread(self._process.end, JOIN_S + 1)
        for thread in self._threads:
            await asyncio.to_thread(thread.join)

    # --- on the supervisor's thread ---------------------------------------------------------

    def _supervise(self) -> None:
        """One process after the other, each from its import to its end."""
        retry_s, is_imported = FIRST_RETRY_S, True
        while not self._stopping.is_set():
            try:
                if not is_imported:
                    self._import()
                is_imported = False
                self._process.load(self.manifest)
                self._pass_on(self._process)
            except TargetError as error:
                self._set_failed(True)
                if not self._changed.is_set():
                    self._emit(LoadFailed(ErrorInfo.of(error), final=not self._reload))
                    self._changed.wait()
            except LucidError as error:
                self._lose(error)
            except GONE:
                doing = "loaded" if self._loaded_s is None else "played"
                self._lose(self._process.reap(doing))
            except Exception as error:  # this thread must live on: it is what starts the next one
                logger.exception("what the model's process said cannot be passed on")
                what = f"{type(error).__name__}: {error}"
                self._lose(ModelProcessError(f"the model's process was lost: {what}", hint=AGAIN))
            if self._loaded_s is not None and time.monotonic() - self._loaded_s > STEADY_S:
                retry_s = FIRST_RETRY_S
            self._loaded_s = None
            if not self._changed.wait(retry_s):
                retry_s = min(2 * retry_s, LAST_RETRY_S)
            self._changed.clear()

    def _start_process(self) -> ModelProcess:
        return ModelProcess(self._location, self._stub, self._limits, self._files, self._on_unsent)

    def _set_failed(self, failed: bool) -> None:
        if self._files is not None:
            self._files.failed = failed

    def _import(self) -> None:
        self._set_failed(False)
        self._process = self._start_process()
        if self._stopping.is_set():  # stop() may have met the one before
            self._process.kill(None)
        manifest = self._process.manifest()
        if manifest != self.manifest:
            self.manifest = manifest
            self._emit(ManifestChanged())

    def _lose(self, error: LucidError) -> None:
        self._process.reap("was lost")
        self._inboxes.clear()
        if not self._changed.is_set():  # else it was to be replaced
            logger.error("%s", error)
            self._emit(WorkerLost(ErrorInfo.of(error)))

    def _pass_on(self, process: ModelProcess) -> None:
        """Pass on what a process says, until it is gone."""
        while True:
            event = process.receive()
            if isinstance(event, Beat):
                self._check_step(process, event.blocked_s)
                continue
            if isinstance(event, Loaded):
                self._loaded_s = time.monotonic()
            elif isinstance(event, WorkerLost):
                process.kill(_hung(event.error.message), dump=True)
                raise EOFError
            elif isinstance(event, LoadFailed):
                self._set_failed(True)
                event = LoadFailed(event.error, final=not self._reload)
            elif isinstance(event, SessionOver):
                self._inboxes.pop(event.session_id, None)
            with self._emitting:
                if self._stopping.is_set() or not self._changed.is_set():  # else: replaced soon
                    self._on_event(event)

    def _check_step(self, process: ModelProcess, blocked_s: float) -> None:
        """Kill a process whose step never ends; a load may take as long as it wants."""
        if self._loaded_s is None:
            return
        if min(blocked_s, time.monotonic() - self._loaded_s) > self._step_limit_s:
            process.kill(_hung(f"a step took more than {self._step_limit_s:g} s"), dump=True)

    def _emit(self, event: WorkerEvent) -> None:
        with self._emitting:
            if not self._stopping.is_set():
                self._on_event(event)

    # --- on the writer's thread -------------------------------------------------------------

    def _on_unsent(self, call: object, error: Exception) -> None:
        if (event := refusal(call, error)) is None:
            raise error  # the process waits for this call: it has to be started again
        self._emit(event)

    # --- on the watchers' threads -----------------------------------------------------------

    def _watch(self) -> None:
        """Kill a process whose heartbeat stops."""
        looked_s = time.monotonic()
        while not self._stopping.wait(WATCH_S):
            now_s, process = time.monotonic(), self._process
            if now_s - looked_s > 1:  # it was this process that stood still
                process.heard_s = now_s
            looked_s = now_s
            limit_s = LOADING_SILENCE_S if self._loaded_s is None else self._silence_s
            if not process.gone.is_set() and now_s - process.heard_s > limit_s:
                process.kill(_hung(f"no sign of life for {limit_s:g} s"), dump=True)

    def _watch_files(self) -> None:
        """Replace the process when the port's files change."""
        assert self._files is not None
        for names in watch_port(self._files, self._stopping):
            logger.info("%s changed: loading again", ", ".join(names))
            with self._emitting:
                self._on_event(Reloading())
                self._changed.set()
            self._process.end(JOIN_S + 1)


def _hung(what: str) -> ModelProcessError:
    return ModelProcessError(
        f"the model's process hangs: {what}",
        hint="it was killed and is started again; `lucid serve --stub` plays without the model",
    )
