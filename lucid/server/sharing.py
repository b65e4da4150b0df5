"""The guests of a session, and the links with which spectators and guests join."""

import time
from collections.abc import Callable

from lucid.runtime.session import Notice
from lucid.server import wire

LINK_S = 2 * 3600.0
"""How long links to watch and to play together work."""
MAX_GUESTS = 8
"""Maximum number of guests per session."""
MAX_VIEWERS = 64
"""Maximum number of spectators and guests per session."""


class Guest:
    """A page that plays another player's session, until it leaves or the player removes it."""

    def __init__(
        self, id: str, number: int, tell: Callable[[Notice], None], remove: Callable[[], None]
    ) -> None:
        self.id = id
        """What the page uses as the session's id."""
        self.number = number
        self.muted = False
        self.tell = tell
        self.remove = remove


class Sharing:
    """The guests and links of one session."""

    def __init__(self, new_key: Callable[[], str]) -> None:
        self._new_key = new_key
        self.guests: dict[int, Guest] = {}
        self.on_change: Callable[[], None] | None = None
        """Tells the player's page, if it is connected."""
        self._count = 0
        self.renew()

    def renew(self) -> None:
        """Replace both links; the old ones no longer work."""
        self.watch_key, self.play_key = self._new_key(), self._new_key()
        self._until_s = time.monotonic() + LINK_S
        self._tell()

    @property
    def left_s(self) -> float:
        """How long the links still work; 0 if they have expired."""
        return max(0.0, self._until_s - time.monotonic())

    def message(self, url: Callable[..., str]) -> wire.Sharing:
        """Return what the player's page shows; ``url`` returns a link with a key."""
        return wire.Sharing(
            watch_url=url(watch=self.watch_key),
            play_url=url(play=self.play_key),
            left_s=self.left_s,
            guests=[wire.Guest(number=g.number, muted=g.muted) for g in self.guests.values()],
        )

    def lack_of_room(self, role: wire.Role, viewers: int) -> str | None:
        """Return why a page cannot join as a spectator or guest; None if it can."""
        if viewers >= MAX_VIEWERS:
            return f"{MAX_VIEWERS} others already watch or play in this session"
        if role == "guest" and len(self.guests) >= MAX_GUESTS:
            return f"{MAX_GUESTS} guests already play in this session"
        return None

    def guest(self, guest_id: str) -> Guest | None:
        """Return the guest with this id, if there is one."""
        return next((guest for guest in self.guests.values() if guest.id == guest_id), None)

    def come(self, tell: Callable[[Notice], None], remove: Callable[[], None]) -> Guest:
        """Add a guest; ``tell`` sends its page a notice, and ``remove`` disconnects it."""
        self._count += 1
        guest = self.guests[self._count] = Guest(self._new_key(), self._count, tell, remove)
        self._tell()
        return guest

    def leave(self, guest: Guest) -> None:
        """Remove a guest whose page is gone."""
        if self.guests.pop(guest.number, None):
            self._tell()

    def kick(self, guest: Guest) -> None:
        """Disconnect a guest. The link with which it came no longer works."""
        guest.muted = True  # its page may leave late
        self.play_key = self._new_key()
        self.leave(guest)
        guest.remove()

    def mute(self, guest: Guest, muted: bool) -> None:
        """Accept no more inputs of a guest, or accept them again."""
        guest.muted = muted
        self._tell()

    def _tell(self) -> None:
        if self.on_change is not None:
            self.on_change()
