"""The host: owns one worker, admits sessions, moves them on as the worker reports."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from lucid.authoring.manifest import Manifest
from lucid.errors import QueueFullError
from lucid.runtime.messages import (
    AudioSamples,
    ErrorInfo,
    Frame,
    InputRefused,
    Loaded,
    LoadFailed,
    LoadProgress,
    Message,
    ReleaseAll,
    SessionEvent,
    SessionOver,
    SessionPaused,
    SessionStarted,
    WorkerEvent,
)
from lucid.runtime.session import ErrorNotice, HostSession, Notice, QueueNotice, StateNotice
from lucid.runtime.states import SessionState
from lucid.runtime.worker import Worker

MAX_QUEUE = 64
"""Players that may wait; one more is turned away."""

logger = logging.getLogger(__name__)


class Host:
    """At most ``max_sessions`` of the manifest play; others wait in a queue."""

    def __init__(self, worker: Worker) -> None:
        self.worker = worker
        self._playing: dict[str, HostSession] = {}
        self._queue: list[HostSession] = []
        self._loaded = False
        self._load_error: ErrorInfo | None = None
        self._progress: LoadProgress | None = None

    @property
    def manifest(self) -> Manifest:
        """The port's manifest."""
        return self.worker.manifest

    def start(self) -> None:
        """Load the model; returns at once."""
        loop = asyncio.get_running_loop()

        def on_event(event: WorkerEvent) -> None:
            if not loop.is_closed():
                loop.call_soon_threadsafe(self._on_event, event)

        self.worker.start(on_event)

    async def stop(self) -> None:
        """End every session and unload the model."""
        for session in [*self._queue, *self._playing.values()]:
            self.end(session)
        await self.worker.stop()
        await asyncio.sleep(0)  # lets the worker's last events in

    def session(self, session_id: str) -> HostSession | None:
        """A session that plays or is about to."""
        return self._playing.get(session_id)

    def join(self, on_notice: Callable[[Notice], None]) -> HostSession:
        """A new session: playing soon, or in the queue. ``on_notice`` is told from the start."""
        session = HostSession(self.worker, on_notice)
        if len(self._playing) < self.manifest.model.max_sessions:
            self._admit(session)
        elif len(self._queue) == MAX_QUEUE:
            self._fail(session, ErrorInfo.of(QueueFullError(MAX_QUEUE)))
        else:
            self._queue.append(session)
            session.tell(QueueNotice(len(self._queue)))
        return session

    def end(self, session: HostSession) -> None:
        """End a session, whatever its state; once it is over, the next in the queue is admitted."""
        if session.state.over or session.state is SessionState.ENDING:
            return
        if session.opened:
            session.to(SessionState.ENDING)
            self.worker.deliver(session.id, ReleaseAll())
            self.worker.close(session.id)
        else:
            session.to(SessionState.ENDED)
            self._forget(session)

    def _admit(self, session: HostSession) -> None:
        self._playing[session.id] = session
        session.tell(StateNotice(SessionState.LOADING))
        if self._load_error is not None:
            self._fail(session, self._load_error)
        elif self._loaded:
            session.to(SessionState.READY)
        elif self._progress is not None:
            session.tell(self._progress)

    def _fail(self, session: HostSession, error: ErrorInfo) -> None:
        session.tell(ErrorNotice(error, None))
        session.to(SessionState.FAILED)
        self._forget(session)

    def _forget(self, session: HostSession) -> None:
        session.drop_frames()
        session.files.clear()
        self._playing.pop(session.id, None)
        waited = list(self._queue)
        if session in self._queue:
            self._queue.remove(session)
        while self._queue and len(self._playing) < self.manifest.model.max_sessions:
            self._admit(self._queue.pop(0))
        if self._queue != waited:
            for position, waiting in enumerate(self._queue, 1):
                waiting.tell(QueueNotice(position))

    # --- events, on the host's loop ---------------------------------------------------------

    def _on_event(self, event: WorkerEvent) -> None:
        match event:
            case LoadProgress() | Loaded() | LoadFailed():
                self._on_load(event)
            case _:
                if session := self._playing.get(event.session_id):
                    self._on_session_event(session, event)

    def _on_load(self, event: LoadProgress | Loaded | LoadFailed) -> None:
        match event:
            case LoadProgress():
                if self._progress is None or self._progress.stage != event.stage:
                    logger.info("loading: %s", event.stage)
                self._progress = event
                for session in self._playing.values():
                    session.tell(event)
            case Loaded():
                logger.info("%s is loaded: ready to play", self.manifest.model.name)
                self._loaded = True
                for session in self._playing.values():
                    session.to(SessionState.READY)
            case LoadFailed():
                self._load_error = event.error
                for session in list(self._playing.values()):
                    self._fail(session, event.error)

    def _on_session_event(self, session: HostSession, event: SessionEvent) -> None:
        match event:
            case Frame():
                session.hold_back(event)
            case AudioSamples():
                for viewer in session.viewers:
                    viewer.audio(event)
            case Message():
                for viewer in session.viewers:
                    viewer.message(event)
            case InputRefused():
                session.tell(ErrorNotice(event.error, event.seq))
            case _:
                self._on_life(session, event)

    def _on_life(
        self, session: HostSession, event: SessionStarted | SessionPaused | SessionOver
    ) -> None:
        if isinstance(event, SessionOver):
            if event.error is not None:
                self._fail(session, event.error)
            else:
                session.to(SessionState.ENDED)
                self._forget(session)
        elif session.state is not SessionState.ENDING:  # what was on its way is news no more
            paused = isinstance(event, SessionPaused) and event.paused
            session.to(SessionState.PAUSED if paused else SessionState.RUNNING)
