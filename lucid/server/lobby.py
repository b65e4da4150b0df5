"""The sessions of one server as its pages find them: by key, and for a while without any page."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Callable, Sequence

from lucid.media.recording import Recording
from lucid.runtime.host import Host
from lucid.runtime.messages import Align, ControlMessage, Input, Pause, ReleaseAll, Resume
from lucid.runtime.session import Notice
from lucid.runtime.states import SessionState
from lucid.server.broadcast import Broadcast
from lucid.server.held import HeldInputs
from lucid.server.inputlog import InputLog

KEEP_S = 30.0
"""How long a session whose page is gone waits for it, paused."""

logger = logging.getLogger(__name__)


class Seat:
    """A session, and what its player and those who share it need to find it."""

    def __init__(self, broadcast: Broadcast) -> None:
        self.broadcast = broadcast
        self.session = broadcast.session
        self.resume_token = secrets.token_urlsafe(24)
        self.play_key = secrets.token_urlsafe(16)
        self.log = InputLog()
        self.recording: Recording | None = None
        self.replace: Callable[[], None] | None = None
        """Makes the player's present connection give way; None while there is none."""
        self.paused_for_player = False
        """Paused because the player is gone, not because the player paused it."""
        self._last_seq = 0
        self._held = HeldInputs(broadcast.manifest)

    def control(self, message: ControlMessage) -> None:
        """Pass the player's message on to the session, and log it.

        Raises:
            InputError: the input was refused.
        """
        self._pass_on("player", message)
        if isinstance(message, Input):
            self._last_seq = message.seq

    def control_as_guest(self, guest: object, message: ControlMessage) -> None:
        """Pass a guest's message on: sequence numbers and the display are the player's alone.

        Raises:
            InputError: the input was refused.
        """
        if isinstance(message, Align):
            return
        if isinstance(message, Input):
            message = Input(self._last_seq, message.name, message.args)
        self._pass_on(guest, message)

    def _pass_on(self, connection: object, message: ControlMessage) -> None:
        messages: Sequence[ControlMessage] = [message]
        if isinstance(message, Input):
            messages = self._held.input(connection, message)
        elif isinstance(message, ReleaseAll):
            messages = self._held.release(connection, self._last_seq)
        for each in messages:
            self.session.send(each)
            self.log.add(each, self.session.files)

    def stop_recording(self) -> Recording | None:
        """Take no more frames for the recording, which its caller ends; None if there is none."""
        recording, self.recording = self.recording, None
        if recording is not None:
            self.broadcast.detach(recording, recording.codec)
        return recording


class Lobby:
    """All seats of a server."""

    def __init__(self, host: Host, keep_s: float = KEEP_S) -> None:
        self._host = host
        self._keep_s = keep_s
        self._seats: dict[str, Seat] = {}
        self._timers: dict[str, asyncio.TimerHandle] = {}

    def add(self, broadcast: Broadcast) -> Seat:
        """A seat for a session that begins."""
        seat = Seat(broadcast)
        if not seat.session.state.over:  # it is where the queue is full or nothing loaded
            self._seats[seat.session.id] = seat
        return seat

    def remove(self, seat: Seat) -> None:
        """The session is over."""
        self._seats.pop(seat.session.id, None)
        if recording := seat.stop_recording():
            recording.end()
        seat.broadcast.close()
        if timer := self._timers.pop(seat.session.id, None):
            timer.cancel()

    def by_session(self, session_id: str) -> Seat | None:
        """The seat of a session."""
        return self._seats.get(session_id)

    def watched_by(self, key: str) -> Seat | None:
        """The seat whose watch key this is."""
        return self._find(lambda seat: seat.broadcast.watch_key, key)

    def played_by(self, key: str) -> Seat | None:
        """The seat whose play key this is."""
        return self._find(lambda seat: seat.play_key, key)

    def keep(self, seat: Seat) -> None:
        """The player's page is gone: pause the session, and end it unless the page comes back."""
        session = seat.session
        if not session.opened or session.state.over or session.state is SessionState.ENDING:
            self._host.end(session)
            return
        seat.control(ReleaseAll())
        if session.state is SessionState.RUNNING:
            seat.paused_for_player = True
            session.send(Pause())
        loop = asyncio.get_running_loop()
        self._timers[session.id] = loop.call_later(self._keep_s, self._host.end, session)
        logger.info("a player is gone: the session is kept for %g s", self._keep_s)

    def resume(self, token: str, tell: Callable[[Notice], None]) -> Seat | None:
        """The session that a token names; ``tell`` hears from it from now on."""
        seat = self._find(lambda seat: seat.resume_token, token)
        if seat is None:
            return None
        if timer := self._timers.pop(seat.session.id, None):
            timer.cancel()
        elif seat.replace is None:
            return None  # it is ending
        else:
            seat.replace()
        seat.session.tell = tell
        return seat

    def go_on(self, seat: Seat) -> None:
        """The player sees again: undo the pause of ``keep``."""
        if seat.paused_for_player:
            seat.paused_for_player = False
            seat.session.send(Resume())

    def _find(self, key_of: Callable[[Seat], str], key: str) -> Seat | None:
        for seat in self._seats.values():
            if secrets.compare_digest(key_of(seat).encode(), key.encode()):
                return seat
        return None
