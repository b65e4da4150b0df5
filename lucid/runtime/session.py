"""HostSession: one player's session between a transport and the worker."""

import asyncio
import secrets
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

from lucid.authoring.files import InputFile
from lucid.errors import InputError, SessionStateError
from lucid.runtime.input_validator import InputValidator
from lucid.runtime.journal import Journal
from lucid.runtime.kept_snapshots import KeptSnapshot, KeptSnapshots
from lucid.runtime.messages import (
    AudioSamples,
    ControlMessage,
    ErrorInfo,
    Frame,
    Input,
    LoadProgress,
    Message,
    Restore,
    Resume,
)
from lucid.runtime.pacing import SOUND_LEAD_S
from lucid.runtime.script import NO_SCRIPT, Script
from lucid.runtime.start_trace import StartTrace, find_tracer
from lucid.runtime.states import SessionState, move
from lucid.runtime.worker import Worker

T = TypeVar("T")


@dataclass(frozen=True)
class StateNotice:
    """The session's state changed."""

    state: SessionState


@dataclass(frozen=True)
class QueueNotice:
    """The session waits in the queue; ``position`` 1 is next."""

    position: int
    wait_s: float | None = field(default=None, compare=False)
    """How long the session will probably wait; None if that is unknown."""


@dataclass(frozen=True)
class TurnNotice:
    """The session's turn will end because others wait, or will not end because nobody waits."""

    left_s: float | None
    """None if the player may play without a limit."""


@dataclass(frozen=True)
class ErrorNotice:
    """An error of the session or of one input."""

    error: ErrorInfo
    seq: int | None
    """The input that was refused; None for an error of the session."""
    guest: int = 0
    """The number of the guest who sent the input; 0 for the player."""


Notice = StateNotice | QueueNotice | TurnNotice | LoadProgress | ErrorNotice


class Viewer(Protocol):
    """Gets a session's outputs. Its methods run on the host's loop and must not block."""

    def frame(self, frame: Frame) -> None:
        """Show a frame, which is due now."""

    def audio(self, samples: AudioSamples) -> None:
        """Play samples."""

    def message(self, message: Message) -> None:
        """Pass on a value of a json or bytes output."""


class _Schedule(Generic[T]):
    """Passes items on when they are due, in order."""

    def __init__(self, show: Callable[[T], None]) -> None:
        self._show = show
        self._waiting: deque[tuple[float, T]] = deque()
        self._timer: asyncio.TimerHandle | None = None

    def put(self, due_s: float, item: T) -> None:
        self._waiting.append((due_s, item))
        if self._timer is None:
            self._show_due()

    def clear(self) -> int:
        """Drop all items; return their number."""
        dropped = len(self._waiting)
        self._waiting.clear()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        return dropped

    def _show_due(self) -> None:
        self._timer = None
        while self._waiting:
            wait_s = self._waiting[0][0] - time.monotonic()
            if wait_s > 0.0005:
                self._timer = asyncio.get_running_loop().call_later(wait_s, self._show_due)
                return
            self._show(self._waiting.popleft()[1])


class HostSession:
    """One player's session. The transport starts it, sends messages and adds viewers."""

    def __init__(
        self, worker: Worker, on_notice: Callable[[Notice], None], server: str = ""
    ) -> None:
        self._server = server
        self.id = self.new_key()
        self.state = SessionState.LOADING
        self.files: dict[str, InputFile] = {}
        fps = next((video.fps for video in worker.manifest.videos), None)
        self.journal = Journal(snapshots=KeptSnapshots(fps or 30))
        self._restores: deque[tuple[Journal, KeptSnapshot, asyncio.Future[bool]]] = deque()
        """The restores that the port has not finished."""
        self.trace = StartTrace(self.id, worker.manifest.model.name)
        self.viewers: list[Viewer] = [self.trace] if find_tracer() else []
        self.opened = False
        self.reloading = False
        self._script = NO_SCRIPT
        """The script for the next start of the session."""
        self.started_s: float | None = None
        """When the session began to run."""
        self._turn_ends_s: float | None = None
        self._worker = worker
        self._validator = InputValidator(worker.manifest)
        self.tell = on_notice
        """Sends a notice to the transport."""
        self._frames = _Schedule(self._show)
        self._sounds = _Schedule(self._play)

    def new_key(self, size_bytes: int = 16) -> str:
        """Return a random key. It ends with the name of the server, if the server has one."""
        key = secrets.token_urlsafe(size_bytes)
        return f"{key}.{self._server}" if self._server else key

    @property
    def can_connect(self) -> bool:
        """Whether a transport may connect and start the session, now or after a reload."""
        return self.state is SessionState.READY or self.reloading

    def start(self) -> None:
        """Start to play, now that the transport is connected.

        Raises:
            SessionStateError: The session is not ready.
        """
        if self.opened:
            raise SessionStateError(self.state, SessionState.RUNNING, ())
        if not self.reloading:  # otherwise the host opens it after the reload
            move(self.state, SessionState.RUNNING)
            self.trace.enter("model")
            self._worker.open(self.id)
        self.opened = True

    def send(self, message: ControlMessage) -> None:
        """Validate a control message and send it to the worker; replace file ids by files.

        Raises:
            InputError: The input does not fit the manifest. The session continues.
        """
        if isinstance(message, Input):
            try:
                message = self._validator.validate(message, self.files)
            except InputError as error:
                error.seq = message.seq
                raise
            self.journal.keep(message.args.values())
        self._worker.deliver(self.id, message)

    # --- called by the host -----------------------------------------------------------------

    def to(self, state: SessionState) -> None:
        """Move to a state and send a notice."""
        self.state = move(self.state, state)
        self.trace.on_state(state)
        if state.over or state is SessionState.LOADING:
            while self._restores:
                self.restored(False)
        if state is SessionState.RUNNING and self.started_s is None:
            self.started_s = time.monotonic()
        self.tell(StateNotice(state))

    def limit_turn(self, ends_s: float | None) -> None:
        """Tell the player when the turn ends, if that has changed. None means without an end."""
        if ends_s != self._turn_ends_s:
            self._turn_ends_s = ends_s
            self.tell(self.turn)

    @property
    def turn(self) -> TurnNotice:
        """The time that is left of the turn."""
        ends_s = self._turn_ends_s
        return TurnNotice(None if ends_s is None else max(0.0, ends_s - time.monotonic()))

    def reload(self) -> None:
        """Go back to loading, because the port changed."""
        self.drop_frames()
        self.reloading = True
        if self.state is not SessionState.LOADING:
            self.to(SessionState.LOADING)

    def loaded(self) -> None:
        """Become ready, because the model has loaded. Start again after a reload."""
        self.reloading = False
        self.to(SessionState.READY)
        if self.opened:
            self.trace.enter("model")
            script, self._script = self._script, NO_SCRIPT
            self._worker.open(self.id, script)

    def start_anew(self, script: Script) -> None:
        """End the session, and start it again with a script. The transport stays connected.

        Raises:
            SessionStateError: the session does not play.
        """
        if self.state not in (SessionState.RUNNING, SessionState.PAUSED):
            raise SessionStateError(self.state, SessionState.LOADING, ())
        for event in script.inputs:
            self.journal.keep((event.args or {}).values())
        self._script = script
        self.reload()
        self._worker.close(self.id)  # the host goes on once the session is over

    async def restore(self, journal: Journal, start: KeptSnapshot, frame: int) -> bool:
        """Continue from a snapshot of a journal. The frames before this index are not shown.

        Return False if the port cannot restore it. The caller must then start the session anew.

        Raises:
            SessionStateError: the session does not play.
        """
        if self.state not in (SessionState.RUNNING, SessionState.PAUSED):
            raise SessionStateError(self.state, SessionState.RUNNING, ())
        restored = asyncio.get_running_loop().create_future()
        self._restores.append((journal, start, restored))
        self._worker.deliver(self.id, Resume())
        script = journal.script(frame, start)
        restore = Restore(start.snapshot, script.inputs, script.frames, script.hidden)
        self._worker.deliver(self.id, restore)
        return bool(await restored)

    def restored(self, done: bool) -> None:
        """Handle the result of a restore. ``done`` is False if the port could not restore."""
        if not self._restores:
            return  # the session has been started anew since
        journal, start, restored = self._restores.popleft()
        if done:
            self.journal.go_on_from(journal, start)
            self._sounds.clear()
            for _ in range(self._frames.clear()):
                self._worker.shown(self.id)
        if not restored.done():
            restored.set_result(done)

    def schedule(self, frame: Frame) -> None:
        """Show a frame when it is due, in order."""
        self._frames.put(frame.due_s, frame)

    def schedule_sound(self, samples: AudioSamples) -> None:
        """Pass on samples shortly before they are due, in order."""
        self._sounds.put(samples.due_s - SOUND_LEAD_S, samples)

    def drop_frames(self) -> None:
        """Drop the frames and the sound that are not due yet."""
        self._frames.clear()
        self._sounds.clear()

    def _show(self, frame: Frame) -> None:
        for viewer in self.viewers:
            viewer.frame(frame)
        self._worker.shown(self.id)

    def _play(self, samples: AudioSamples) -> None:
        for viewer in self.viewers:
            viewer.audio(samples)
