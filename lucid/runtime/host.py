"""Host: owns one worker, admits sessions, and handles the worker's events."""

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Literal

from lucid.authoring.manifest import Manifest
from lucid.errors import LucidError, PortChangedError, QueueFullError, SessionError
from lucid.runtime.load_times import LoadTimes
from lucid.runtime.messages import (
    AudioSamples,
    ErrorInfo,
    Frame,
    InputApplied,
    InputRefused,
    Loaded,
    LoadFailed,
    LoadProgress,
    ManifestChanged,
    Message,
    ReleaseAll,
    Reloading,
    SessionEvent,
    SessionOver,
    SessionPaused,
    SessionRestored,
    SessionStarted,
    SessionWarning,
    SnapshotTaken,
    WorkerEvent,
    WorkerLost,
)
from lucid.runtime.session import ErrorNotice, HostSession, Notice, QueueNotice, StateNotice
from lucid.runtime.start_trace import find_tracer
from lucid.runtime.states import SessionState
from lucid.runtime.turns import Turns
from lucid.runtime.worker import Worker

MAX_QUEUE = 64
"""Maximum number of waiting players. The host refuses further players."""
PLAY_AGAIN = "play again: the page then shows the new inputs and outputs"
HostState = Literal["loading", "ready", "failed", "stopping"]

logger = logging.getLogger(__name__)


class Host:
    """Lets at most ``max_sessions`` sessions play at once; others wait in a queue."""

    def __init__(
        self,
        worker: Worker,
        load_times: LoadTimes | None = None,
        turn_s: float | None = None,
        name: str = "",
    ) -> None:
        """``turn_s`` limits how long a session is played while others wait.

        ``name`` becomes a part of all keys and metrics, if several servers share an address.
        """
        self.worker = worker
        self.name = name
        self._wait_elsewhere = 0
        self._turns = Turns(turn_s, self.end, self._check_turns)
        self._load_times = load_times or LoadTimes(None)
        self._playing: dict[str, HostSession] = {}
        self._queue: list[HostSession] = []
        self._loaded = False
        self._lost = False
        """Whether the model process died. The queue stops until another one has loaded."""
        self._stopping: ErrorInfo | None = None
        self._load_failure: LoadFailed | None = None
        self._progress: LoadProgress | None = None

    @property
    def manifest(self) -> Manifest:
        """The port's manifest."""
        return self.worker.manifest

    def start(self) -> None:
        """Start to load the model, and return at once."""
        find_tracer()  # imported before a player comes
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
        await asyncio.sleep(0)  # the worker's last events are handled now

    @property
    def ready(self) -> bool:
        """Whether a player who comes now can play, or wait for others to end."""
        return self.state == "ready"

    @property
    def state(self) -> HostState:
        """The state of the model, unless the server stops; ``failed`` if it could not be loaded."""
        if self._stopping is not None:
            return "stopping"
        if self._load_failure is not None:
            return "failed"
        return "ready" if self._loaded else "loading"

    @property
    def playing(self) -> int:
        """How many sessions have a slot."""
        return len(self._playing)

    @property
    def waiting(self) -> int:
        """How many players wait in the queue, or in front of this server for one of its slots."""
        return len(self._queue) + self._wait_elsewhere

    @property
    def players(self) -> int:
        """How many sessions there are, including those that wait."""
        return len(self._playing) + len(self._queue)

    @property
    def load_error(self) -> ErrorInfo | None:
        """Why the model could not be loaded."""
        return self._load_failure.error if self._load_failure is not None else None

    def wait_elsewhere(self, count: int) -> list[float | None]:
        """Set how many players wait in front of this server for one of its slots.

        They count for turns. Return how long each of them is likely to wait.
        """
        self._wait_elsewhere = count
        self._check_turns()
        return self._turns.waits_s(self._playing.values(), count)

    @property
    def idle(self) -> bool:
        """Whether there is no session."""
        return not self._queue and not self._playing

    def announce_stop(self, left_s: float) -> None:
        """Tell every player when the server stops, and refuse further ones."""
        self._stopping = ErrorInfo(
            "server.stopping", f"the server stops in {left_s:g} s", "save what you want to keep"
        )
        for session in [*self._queue, *self._playing.values()]:
            session.tell(ErrorNotice(self._stopping, None))

    def session(self, session_id: str) -> HostSession | None:
        """Return the session with this id; None if it waits in the queue or is over."""
        return self._playing.get(session_id)

    @property
    def oldest(self) -> HostSession | None:
        """The session that has played for the longest time."""
        return next(iter(self._playing.values()), None)

    def join(self, on_notice: Callable[[Notice], None]) -> HostSession:
        """Create a session, which starts to load or waits in the queue.

        ``on_notice`` receives each notice of the session.
        """
        session = HostSession(self.worker, on_notice, self.name)
        if self._stopping is not None:
            self._fail(session, self._stopping)
        elif not self._queue and self._has_room():
            self._admit(session)
        elif len(self._queue) == MAX_QUEUE:
            self._fail(session, ErrorInfo.of(QueueFullError(MAX_QUEUE)))
        else:
            self._queue.append(session)
            self._tell_place(session)
            self._check_turns()
        return session

    def tell_state(self, session: HostSession) -> None:
        """Send the state of a session to its transport, after the transport has reconnected."""
        if session in self._queue:
            self._tell_place(session)
            return
        session.tell(StateNotice(session.state))
        if session.turn.left_s is not None:
            session.tell(session.turn)
        if session.state is SessionState.LOADING and self._progress is not None:
            session.tell(self._progress)

    def end(self, session: HostSession, error: LucidError | None = None) -> None:
        """End a session in any state; ``error`` becomes a notice that says why.

        Once the session is over, the host admits the next session in the queue.
        """
        if session.state.over or session.state is SessionState.ENDING:
            return
        if error is not None:
            session.tell(ErrorNotice(ErrorInfo.of(error), None))
        if session.opened and not session.reloading:
            session.to(SessionState.ENDING)
            self.worker.deliver(session.id, ReleaseAll())
            self.worker.close(session.id)
        else:
            session.to(SessionState.ENDED if error is None else SessionState.FAILED)
            self._forget(session)

    def reload(self) -> None:
        """Load the model again, for a player whose session failed.

        Raises:
            SessionError: A reload would end the sessions of other players.
        """
        if any(session.opened for session in self._playing.values()):
            raise SessionError("others are playing", hint="play again, without a reload")
        logger.info("a player asked to load the model again")
        self.worker.reload()

    def _has_room(self) -> bool:
        return len(self._playing) < self.manifest.model.max_sessions

    def _admit(self, session: HostSession) -> None:
        self._playing[session.id] = session
        session.tell(StateNotice(SessionState.LOADING))
        if self._load_failure is not None:
            self._tell_failure(session, self._load_failure)
        elif self._loaded:
            session.loaded()
        elif self._progress is not None:
            session.tell(self._progress)

    def _tell_failure(self, session: HostSession, failure: LoadFailed) -> None:
        if failure.final:
            self._fail(session, failure.error)
        else:
            session.tell(ErrorNotice(failure.error, None))

    def _fail(self, session: HostSession, error: ErrorInfo) -> None:
        session.tell(ErrorNotice(error, None))
        session.to(SessionState.FAILED)
        self._forget(session)

    def _forget(self, session: HostSession) -> None:
        session.drop_frames()
        session.files.clear()
        if self._playing.pop(session.id, None):
            self._turns.over(session)
        waited = list(self._queue)
        if session in self._queue:
            self._queue.remove(session)
        self._admit_waiting(waited)

    def _admit_waiting(self, waited: list[HostSession]) -> None:
        while self._queue and self._has_room() and not self._lost:
            self._admit(self._queue.pop(0))
        if self._queue != waited:
            for waiting in self._queue:
                self._tell_place(waiting)
        self._check_turns()

    def _tell_place(self, session: HostSession) -> None:
        index = self._queue.index(session)
        waits_s = self._turns.waits_s(self._playing.values(), len(self._queue))
        session.tell(QueueNotice(index + 1, waits_s[index]))

    def _check_turns(self) -> None:
        self._turns.check(self._playing.values(), self.waiting)

    # --- events, on the host's loop ---------------------------------------------------------

    def _on_event(self, event: WorkerEvent) -> None:
        match event:
            case LoadProgress() | Loaded() | LoadFailed():
                self._on_load(event)
            case Reloading() | ManifestChanged() | WorkerLost():
                self._on_restart(event)
            case _:
                if session := self._playing.get(event.session_id):
                    self._on_session_event(session, event)

    def _on_load(self, event: LoadProgress | Loaded | LoadFailed) -> None:
        match event:
            case LoadProgress():
                if self._progress is None or self._progress.stage != event.stage:
                    logger.info("loading: %s", event.stage)
                self._load_times.enter(event.stage, time.monotonic())
                self._progress = event = replace(event, last_s=self._load_times.last_s(event.stage))
                for session in self._playing.values():
                    session.tell(event)
            case Loaded():
                logger.info("%s has loaded and is ready to play", self.manifest.model.name)
                self._load_times.end(time.monotonic(), loaded=True)
                self._loaded, self._lost = True, False
                for session in self._playing.values():
                    session.loaded()
                self._admit_waiting(list(self._queue))
            case LoadFailed():
                self._load_times.end(time.monotonic(), loaded=False)
                self._load_failure, self._lost = event, False
                for session in list(self._playing.values()):
                    self._tell_failure(session, event)
                self._admit_waiting(list(self._queue))

    def _on_restart(self, event: Reloading | ManifestChanged | WorkerLost) -> None:
        self._load_times.end(time.monotonic(), loaded=False)
        self._loaded, self._load_failure, self._progress = False, None, None
        self._lost = isinstance(event, WorkerLost)
        for session in list(self._playing.values()):
            if session.state is SessionState.ENDING:  # it gets no SessionOver
                session.to(SessionState.ENDED)
                self._forget(session)
            elif isinstance(event, Reloading):
                session.reload()
            elif isinstance(event, WorkerLost):
                self._fail(session, event.error)
        if isinstance(event, ManifestChanged):
            changed = PortChangedError("the port's inputs or outputs changed", hint=PLAY_AGAIN)
            waiting, self._queue = self._queue, []
            for session in [*self._playing.values(), *waiting]:
                self._fail(session, ErrorInfo.of(changed))

    def _on_session_event(self, session: HostSession, event: SessionEvent) -> None:
        match event:
            case Frame():
                session.schedule(event)
            case AudioSamples():
                session.schedule_sound(event)
            case Message():
                for viewer in session.viewers:
                    viewer.message(event)
            case InputApplied():
                session.journal.add(event)
            case SnapshotTaken():
                session.journal.add_snapshot(event.snapshot)
            case SessionRestored():
                session.restored(event.done)
            case InputRefused():
                session.tell(ErrorNotice(event.error, event.seq, event.guest))
            case SessionWarning():
                session.tell(ErrorNotice(event.error, None))
            case _:
                self._on_state_event(session, event)

    def _on_state_event(
        self, session: HostSession, event: SessionStarted | SessionPaused | SessionOver
    ) -> None:
        if isinstance(event, SessionOver):
            if event.error is not None:
                self._fail(session, event.error)
            elif session.reloading:  # it starts anew
                session.loaded()
            else:
                session.to(SessionState.ENDED)
                self._forget(session)
        elif session.state is not SessionState.ENDING:  # the event is outdated
            paused = isinstance(event, SessionPaused) and event.paused
            session.to(SessionState.PAUSED if paused else SessionState.RUNNING)
            if isinstance(event, SessionStarted):
                session.journal.restart(event.rng_seed)
                self._check_turns()
