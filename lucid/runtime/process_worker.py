"""ProcessWorker: runs the model in its own process, and restarts a process that died."""

import asyncio
import logging
import secrets
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Self

from lucid._target import PortLocation
from lucid.errors import (
    InputQueueFullError,
    LucidError,
    ModelProcessError,
    RankError,
    TargetError,
)
from lucid.runtime.channel import CHANNEL_ERRORS
from lucid.runtime.inbox import Inbox
from lucid.runtime.messages import (
    ControlMessage,
    ErrorInfo,
    Frame,
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
from lucid.runtime.model_process import RESTART_HINT, ModelProcess
from lucid.runtime.port_calls import LIMITS, Limits
from lucid.runtime.process_messages import Close, Deliver, Heartbeat, Open, Shown, refusal
from lucid.runtime.reload import PortFiles, watch_port
from lucid.runtime.script import NO_SCRIPT, Script
from lucid.runtime.thread_worker import JOIN_S

SILENCE_S = 4.0
"""How long a loaded process may send nothing, not even a heartbeat, before it is killed."""
LOADING_SILENCE_S = 120.0
"""The limit while the process loads, because an import can block all of its threads."""
STEP_LIMIT_S = 120.0
"""How long a step may take before a session has a frame: the first step may compile the model."""
LATER_STEP_LIMIT_S, USUAL_STEPS = 4.0, 8
"""How long a later step may take: this time, or this multiple of the longest of the last steps."""
KEPT_STEPS = 20
FIRST_RETRY_S, LAST_RETRY_S = 0.5, 30.0
"""The first and the longest wait before a restart. The wait doubles after each restart."""
STEADY_S = 60.0
"""If a process stays loaded for this long, the next wait is FIRST_RETRY_S again."""
WATCH_S = 0.25

logger = logging.getLogger(__name__)


class ProcessWorker:
    """A Worker whose port cannot block or crash the server.

    The process starts at once and imports the port, which gives the manifest. ``start`` loads the
    model. Use the worker as a context manager, which ends its process.
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
            TargetError: The port cannot be imported.
            ModelProcessError: The process ended.
        """
        self._location, self._stub, self._reload = location, stub, reload
        self._silence_s, self._step_limit_s = silence_s, step_limit_s
        self._limits = limits
        self._stopping = threading.Event()
        self._changed = threading.Event()
        self._emitting = threading.Lock()
        self._loaded_s: float | None = None
        self._without_frame: set[str] = set()
        """The sessions that have published no frame since the process started."""
        self._steps_s: deque[float] = deque(maxlen=KEPT_STEPS)
        self._threads: list[threading.Thread] = []
        self._inboxes: dict[str, Inbox] = {}
        """The messages that wait until they can be sent to the process, by session."""
        self._files = PortFiles(location) if reload else None
        self._process = self._start_process()
        try:
            self.manifest = self._process.manifest()
        except BaseException:
            self._process.reap("imported the port")
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.kill()
        for thread in self._threads:
            thread.join()
        self._process.reap("stopped")

    def start(self, on_event: Callable[[WorkerEvent], None]) -> None:
        """See Worker."""
        self._on_event = on_event
        jobs = [self._supervise, self._watch]
        if self._files is not None:
            jobs.append(self._watch_files)
        self._threads = [
            threading.Thread(target=job, name=f"lucid{job.__name__}", daemon=True) for job in jobs
        ]
        for thread in self._threads:
            thread.start()

    def open(self, session_id: str, script: Script = NO_SCRIPT) -> None:
        """See Worker."""
        self._inboxes[session_id] = Inbox(self.manifest)
        self._without_frame.add(session_id)
        if script is NO_SCRIPT:
            script = Script(secrets.randbits(32))  # so that the session can be played again
        self._process.send(Open(session_id, script))

    def deliver(self, session_id: str, message: ControlMessage) -> None:
        """See Worker."""
        inbox = self._inboxes.get(session_id)
        if inbox is None:
            return  # the session is over, and its player gets a notice
        try:
            was_empty = inbox.put(message)
        except InputQueueFullError as error:
            assert isinstance(message, Input)  # nothing else is refused
            self._on_event(InputRefused.of(session_id, message, error))
            return
        if was_empty:
            self._process.send(lambda: [Deliver(session_id, each) for each in inbox.take()])

    def shown(self, session_id: str) -> None:
        """See Worker."""
        self._process.send(Shown(session_id))

    def close(self, session_id: str) -> None:
        """See Worker."""
        self._inboxes.pop(session_id, None)
        self._process.send(Close(session_id))

    def reload(self) -> None:
        """See Worker."""
        with self._emitting:
            self._on_event(Reloading())
            self._changed.set()
        self._process.kill(None)

    async def stop(self) -> None:
        """See Worker."""
        self._stopping.set()
        self._changed.set()
        await asyncio.to_thread(self._process.end, JOIN_S + 1)
        for thread in self._threads:
            await asyncio.to_thread(thread.join)

    def kill(self) -> None:
        """Kill the process for good, so that ``stop`` does not wait; from any thread."""
        self._stopping.set()
        self._changed.set()
        self._process.kill(None)

    # --- on the supervisor's thread ---------------------------------------------------------

    def _supervise(self) -> None:
        """Run processes one after another, each from the import of the port to its end."""
        retry_s, is_imported = FIRST_RETRY_S, True
        while not self._stopping.is_set():
            try:
                if not is_imported:
                    self._import()
                is_imported = False
                self._process.load(self.manifest)
                self._forward_events(self._process)
            except TargetError as error:
                self._set_failed(True)
                if not self._changed.is_set():
                    self._emit(LoadFailed(ErrorInfo.of(error), final=not self._reload))
                    self._changed.wait()
            except LucidError as error:
                self._lose(error)
            except CHANNEL_ERRORS:
                doing = "loaded" if self._loaded_s is None else "played"
                self._lose(self._process.reap(doing))
            except (
                Exception
            ) as error:  # this thread must continue, because it starts the next process
                logger.exception("an event of the model process could not be handled")
                what = f"an event of the model process failed: {type(error).__name__}: {error}"
                self._lose(ModelProcessError(what, hint=RESTART_HINT))
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
        if self._stopping.is_set():  # stop() may have ended the previous process only
            self._process.kill(None)
        manifest = self._process.manifest()
        if manifest != self.manifest:
            self.manifest = manifest
            self._emit(ManifestChanged())

    def _lose(self, error: LucidError) -> None:
        self._process.reap("was lost")
        self._inboxes.clear()
        self._without_frame.clear()
        self._steps_s.clear()
        if not self._changed.is_set():  # otherwise it is replaced anyway
            logger.error("%s", error)
            self._emit(WorkerLost(ErrorInfo.of(error)))

    def _forward_events(self, process: ModelProcess) -> None:
        """Handle the events of a process until it ends."""
        while True:
            event = process.receive()
            if isinstance(event, Heartbeat):
                self._check_step(process, event.blocked_s)
                continue
            if isinstance(event, Loaded):
                self._loaded_s = time.monotonic()
            elif isinstance(event, WorkerLost):
                error = event.error.as_error()
                reason = error if isinstance(error, RankError) else _hung(error.message)
                process.kill(reason, dump=True)
                raise EOFError
            elif isinstance(event, LoadFailed):
                self._set_failed(True)
                event = LoadFailed(event.error, final=not self._reload)
            elif isinstance(event, SessionOver):
                self._inboxes.pop(event.session_id, None)
                self._without_frame.discard(event.session_id)
            elif isinstance(event, Frame):
                self._without_frame.discard(event.session_id)
                self._steps_s.append(event.inference_ms / 1000)
            with self._emitting:
                if self._stopping.is_set() or not self._changed.is_set():  # else it is replaced
                    self._on_event(event)

    def _check_step(self, process: ModelProcess, blocked_s: float) -> None:
        """Kill a process whose step takes too long. Loading has no limit."""
        if self._loaded_s is None:
            return
        limit_s = self._step_limit_s
        if self._steps_s and not self._without_frame:
            usual_s = USUAL_STEPS * max(self._steps_s)
            limit_s = min(limit_s, max(LATER_STEP_LIMIT_S, round(usual_s, 1)))
        if min(blocked_s, time.monotonic() - self._loaded_s) > limit_s:
            process.kill(_hung(f"a step took more than {limit_s:g} s"), dump=True)

    def _emit(self, event: WorkerEvent) -> None:
        with self._emitting:
            if not self._stopping.is_set():
                self._on_event(event)

    # --- on the writer's thread -------------------------------------------------------------

    def _on_unsent(self, call: object, error: Exception) -> None:
        if (event := refusal(call, error)) is None:
            raise error  # the process waits for this call, so it must restart
        self._emit(event)

    # --- on the threads that watch ----------------------------------------------------------

    def _watch(self) -> None:
        """Kill a process whose heartbeat stops."""
        checked_s = time.monotonic()
        while not self._stopping.wait(WATCH_S):
            now_s, process = time.monotonic(), self._process
            if now_s - checked_s > 1:  # the server itself was suspended
                process.last_message_s = now_s
            checked_s = now_s
            limit_s = LOADING_SILENCE_S if self._loaded_s is None else self._silence_s
            if not process.ended.is_set() and now_s - process.last_message_s > limit_s:
                process.kill(_hung(f"it sent nothing for {limit_s:g} s"), dump=True)

    def _watch_files(self) -> None:
        """Replace the process when the port's files change."""
        assert self._files is not None
        for names in watch_port(self._files, self._stopping):
            logger.info("%s changed: the model loads again", ", ".join(names))
            with self._emitting:
                self._on_event(Reloading())
                self._changed.set()
            self._process.end(JOIN_S + 1)


def _hung(what: str) -> ModelProcessError:
    return ModelProcessError(
        f"the model process hung: {what}",
        hint="it was killed and will restart; the server's log has its stacks",
    )
