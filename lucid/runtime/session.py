"""One player's session, as the host and its transport see it."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from lucid.authoring.files import InputFile
from lucid.errors import InputError, SessionStateError
from lucid.runtime.door import Door
from lucid.runtime.messages import (
    AudioSamples,
    ControlMessage,
    ErrorInfo,
    Frame,
    Input,
    LoadProgress,
    Message,
)
from lucid.runtime.states import SessionState, move
from lucid.runtime.worker import Worker


@dataclass(frozen=True)
class StateNotice:
    """The session's state changed."""

    state: SessionState


@dataclass(frozen=True)
class QueueNotice:
    """The session waits: ``position`` 1 is next."""

    position: int


@dataclass(frozen=True)
class ErrorNotice:
    """Something went wrong; ``seq`` names the refused input, None is about the session."""

    error: ErrorInfo
    seq: int | None


Notice = StateNotice | QueueNotice | LoadProgress | ErrorNotice


class Viewer(Protocol):
    """Takes a session's outputs. On the host's loop: never blocks, drops frames."""

    def frame(self, frame: Frame) -> None:
        """Show a frame: it is due now."""

    def audio(self, samples: AudioSamples) -> None:
        """Play samples."""

    def message(self, message: Message) -> None:
        """Pass on a json or bytes sample."""


class HostSession:
    """One player's session, as the transport sees it."""

    def __init__(self, worker: Worker, on_notice: Callable[[Notice], None]) -> None:
        self.id = secrets.token_urlsafe(16)
        self.state = SessionState.LOADING
        self.files: dict[str, InputFile] = {}
        self.viewers: list[Viewer] = []
        self.opened = False
        self.reloading = False
        self._worker = worker
        self._door = Door(worker.manifest)
        self.tell = on_notice
        """Passes a notice on to the transport."""
        self._held_back: deque[Frame] = deque()
        self._timer: asyncio.TimerHandle | None = None

    @property
    def can_connect(self) -> bool:
        """Whether a transport may connect, and start it: it is ready, or will be again."""
        return self.state is SessionState.READY or self.reloading

    def start(self) -> None:
        """Start to play: the transport is connected.

        Raises:
            SessionStateError: the session is not ready.
        """
        if self.opened:
            raise SessionStateError(self.state, SessionState.RUNNING, ())
        if not self.reloading:  # else the host opens it once the model is loaded again
            move(self.state, SessionState.RUNNING)
            self._worker.open(self.id)
        self.opened = True

    def send(self, message: ControlMessage) -> None:
        """Check a control message of plain JSON and pass it on; file ids become files.

        Raises:
            InputError: the port declares no such input, or other arguments. The session goes on.
        """
        if isinstance(message, Input):
            try:
                message = self._door.admit(message, self.files)
            except InputError as error:
                error.seq = message.seq
                raise
        self._worker.deliver(self.id, message)

    # --- called by the host -----------------------------------------------------------------

    def to(self, state: SessionState) -> None:
        """Move to a state and say so."""
        self.state = move(self.state, state)
        self.tell(StateNotice(state))

    def reload(self) -> None:
        """Back to loading: the port changed."""
        self.drop_frames()
        self.reloading = True
        if self.state is not SessionState.LOADING:
            self.to(SessionState.LOADING)

    def loaded(self) -> None:
        """The model is loaded: ready to start; what had started before a reload starts again."""
        self.reloading = False
        self.to(SessionState.READY)
        if self.opened:
            self._worker.open(self.id)

    def hold_back(self, frame: Frame) -> None:
        """Show a frame when it is due, in order."""
        self._held_back.append(frame)
        if self._timer is None:
            self._show_due()

    def drop_frames(self) -> None:
        """Forget the frames that are not due yet."""
        self._held_back.clear()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _show_due(self) -> None:
        self._timer = None
        while self._held_back:
            wait_s = self._held_back[0].due_s - time.monotonic()
            if wait_s > 0.0005:
                self._timer = asyncio.get_running_loop().call_later(wait_s, self._show_due)
                return
            frame = self._held_back.popleft()
            for viewer in self.viewers:
                viewer.frame(frame)
            self._worker.shown(self.id)
