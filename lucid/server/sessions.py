"""The sessions of a server: pages find them by key, and a lost page can resume its session."""

import asyncio
import logging
import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from lucid.authoring.manifest import Manifest
from lucid.authoring.parameters import releases
from lucid.capsule.port import PortFolder
from lucid.capsule.schema import Capsule
from lucid.errors import MutedError
from lucid.media.recording import Recording
from lucid.runtime.host import Host
from lucid.runtime.messages import Align, ControlMessage, Input, Pause, ReleaseAll, Resume
from lucid.runtime.session import HostSession, Notice
from lucid.runtime.states import SessionState
from lucid.server.branches import Branches
from lucid.server.broadcast import Broadcast
from lucid.server.capsules import SAVE_NOTHING, KeptFrames, Saving, capsule_of, save
from lucid.server.sharing import Guest, Sharing
from lucid.server.wire import GuestAct

KEEP_S = 30.0
"""How long a paused session waits for its lost page."""
BUSY_KEEP_S = 10.0
"""The same while others wait to play."""
CHECK_S = 1.0

logger = logging.getLogger(__name__)


class HeldInputs:
    """The active holds and axes of one session, by connection.

    If several connections hold an input, it is released when the last of them releases it.
    """

    def __init__(self, manifest: Manifest) -> None:
        self._neutral = releases(manifest)
        self._holders: dict[str, dict[object, Mapping[str, Any]]] = {}
        """Arguments by input and connection; the last entry is the newest connection."""
        self._sent: dict[str, Mapping[str, Any]] = {}

    def input(self, connection: object, message: Input) -> list[Input]:
        """Return the inputs to apply for ``message``: none if another connection still holds it."""
        neutral = self._neutral.get(message.name)
        if neutral is None or not _is_valid(message.args):
            return [message]
        holders = self._holders.setdefault(message.name, {})
        holders.pop(connection, None)
        if message.args != neutral:
            holders[connection] = message.args
        elif holders:
            args = list(holders.values())[-1]
            if args == self._sent.get(message.name):
                return []
            message = replace(message, args=args)
        self._sent[message.name] = message.args
        return [message]

    def release(self, connection: object, seq: int) -> list[ControlMessage]:
        """Return the messages that release the inputs which only this connection holds."""
        if not any(holders.keys() - {connection} for holders in self._holders.values()):
            self._holders.clear()
            self._sent.clear()
            return [ReleaseAll()]
        names = [name for name, holders in self._holders.items() if connection in holders]
        return [
            message
            for name in names
            for message in self.input(connection, Input(seq, name, self._neutral[name]))
        ]


def _is_valid(args: Mapping[str, Any]) -> bool:
    """Return whether these are valid arguments of a hold or an axis; others are not tracked."""
    if args.keys() == {"pressed"}:
        return type(args["pressed"]) is bool
    if args.keys() != {"value"}:
        return False
    value = args["value"]
    return type(value) in (int, float) and -1 <= value <= 1


class ServedSession:
    """A session with its keys, viewers, kept frames and recording."""

    def __init__(self, broadcast: Broadcast, port: PortFolder) -> None:
        self.broadcast = broadcast
        self.session = broadcast.session
        self.port = port
        self._kept = KeptFrames(broadcast.manifest, self.session.journal)
        self.session.viewers.append(self._kept)
        self.branches = Branches(self.session, self._kept)
        self.resume_token = self.session.new_key(24)
        self.queue_key = self.session.new_key()
        """The key with which pages that wait in the queue watch the session."""
        self.sharing = Sharing(self.session.new_key)
        self.recording: Recording | None = None
        self.replace: Callable[[], None] | None = None
        """Ends the player's current connection; None if there is no connection."""
        self.paused_for_player = False
        """Whether the session is paused because its page is lost."""
        self._last_seq = 0
        self._held = HeldInputs(broadcast.manifest)

    def control(self, message: ControlMessage) -> None:
        """Send a message of the player to the session.

        Raises:
            InputError: the session refused the input.
        """
        self._send(None, message)
        if isinstance(message, Input):
            self._last_seq = message.seq

    def control_as_guest(self, guest: Guest, message: ControlMessage) -> None:
        """Send a message of a guest to the session.

        The display alignment belongs to the player, so a guest's is ignored.

        Raises:
            InputError: the session refused the input, or the player has muted the guest.
        """
        if isinstance(message, Align):
            return
        if guest.muted and not isinstance(message, ReleaseAll):
            raise MutedError(message.seq if isinstance(message, Input) else None)
        self._send(guest, message)

    def treat_guest(self, number: int, act: GuestAct) -> None:
        """Mute or kick a guest for the player; what the guest holds is released."""
        guest = self.sharing.guests.get(number)
        if guest is None:
            return  # it has just left
        if act == "kick":
            self.sharing.kick(guest)
        else:
            self.sharing.mute(guest, act == "mute")
        if guest.muted:
            self._send(guest, ReleaseAll())

    def _send(self, sender: Guest | None, message: ControlMessage) -> None:
        messages: Sequence[ControlMessage] = [message]
        if isinstance(message, Input):
            messages = self._held.input(sender, message)
        elif isinstance(message, ReleaseAll):
            messages = self._held.release(sender, 0 if sender else self._last_seq)
        for each in messages:
            if sender is not None and isinstance(each, Input):
                each = replace(each, guest=sender.number)
            self.session.send(each)

    def capsule(self, manifest: Manifest) -> Capsule:
        """Return what has been played so far; from any thread, since it may take seconds."""
        return capsule_of(self.session.journal, self._kept, manifest, self.port)

    def stop_recording(self) -> Recording | None:
        """Detach and return the recording, which the caller must end; None if there is none."""
        recording, self.recording = self.recording, None
        if recording is not None:
            self.broadcast.detach(recording, recording.codec)
        return recording


class Sessions:
    """The sessions of a server, by id and by key."""

    def __init__(self, host: Host, keep_s: float = KEEP_S, saving: Saving = SAVE_NOTHING) -> None:
        self._host = host
        self._saving = saving
        self._keep_s = keep_s
        self._by_id: dict[str, ServedSession] = {}
        self._timers: dict[str, asyncio.TimerHandle] = {}

    def add(self, broadcast: Broadcast) -> ServedSession:
        """Add a new session."""
        served = ServedSession(broadcast, self._saving.port)
        if not served.session.state.over:  # it is over if the queue is full or the model failed
            self._by_id[served.session.id] = served
        return served

    def remove(self, served: ServedSession) -> None:
        """Remove a session that is over: save it, end its recording and close its encoders."""
        self._by_id.pop(served.session.id, None)
        if recording := served.stop_recording():
            recording.end()
        if (folder := self._saving.folder) is not None and served.session.started_s is not None:
            manifest = served.broadcast.manifest
            asyncio.get_running_loop().run_in_executor(
                None, lambda: save(served.capsule(manifest), folder)
            )
        served.broadcast.close()
        if timer := self._timers.pop(served.session.id, None):
            timer.cancel()

    def by_id(self, session_id: str) -> ServedSession | None:
        """Return the session with this id, or whose guest has this id."""
        if session_id in self._by_id:
            return self._by_id[session_id]
        return next((one for one in self._by_id.values() if one.sharing.guest(session_id)), None)

    def by_watch_key(self, key: str) -> ServedSession | None:
        """Return the session with this watch key, if it has not expired."""
        served = self._find(lambda served: served.sharing.watch_key, key)
        if served is not None:
            return served if served.sharing.left_s else None
        return self._find(lambda served: served.queue_key, key)

    def by_play_key(self, key: str) -> ServedSession | None:
        """Return the session with this play key, if it has not expired."""
        served = self._find(lambda served: served.sharing.play_key, key)
        return served if served and served.sharing.left_s else None

    @property
    def oldest_queue_key(self) -> str | None:
        """The key to watch the session that plays for the longest time."""
        oldest = self._host.oldest
        served = oldest and self._by_id.get(oldest.id)
        return served.queue_key if served else None

    def keep(self, served: ServedSession) -> None:
        """Keep a session that lost its page, also in the queue, and pause it if it plays.

        It ends if the page does not resume it in time.
        """
        session = served.session
        if session.state.over or session.state is SessionState.ENDING:
            self._host.end(session)
            return
        if session.opened:
            served.control(ReleaseAll())
        if session.state is SessionState.RUNNING:
            served.paused_for_player = True
            session.send(Pause())
        what = "session %s: its player's page was lost; it is kept for %g s"
        logger.info(what, session.id[:8], self._keep_s)
        self._end_late(session, time.monotonic())

    def _end_late(self, session: HostSession, lost_s: float) -> None:
        """End a session whose page did not come back in time, which is shorter if others wait."""
        plays = self._host.session(session.id) is not None
        keep_s = min(self._keep_s, BUSY_KEEP_S) if plays and self._host.waiting else self._keep_s
        left_s = lost_s + keep_s - time.monotonic()
        if left_s <= 0:
            self._host.end(session)
            return
        self._timers[session.id] = asyncio.get_running_loop().call_later(
            min(left_s, CHECK_S), self._end_late, session, lost_s
        )

    def resume(self, token: str, tell: Callable[[Notice], None]) -> ServedSession | None:
        """Return the session with this resume token; it sends its notices to ``tell`` from now on.

        Return None if there is none, or if it is ending.
        """
        served = self._find(lambda served: served.resume_token, token)
        if served is None:
            return None
        if timer := self._timers.pop(served.session.id, None):
            timer.cancel()
        elif served.replace is None:
            return None  # the session is ending
        else:
            served.replace()
        served.session.tell = tell
        return served

    def undo_pause(self, served: ServedSession) -> None:
        """Undo the pause of ``keep`` once the page is connected again."""
        if served.paused_for_player:
            served.paused_for_player = False
            served.session.send(Resume())

    def _find(self, key_of: Callable[[ServedSession], str], key: str) -> ServedSession | None:
        for served in self._by_id.values():
            if secrets.compare_digest(key_of(served).encode(), key.encode()):
                return served
        return None
