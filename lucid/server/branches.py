"""Branches: the parts of a session that its player left by going back."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from lucid.errors import SessionError
from lucid.runtime.journal import Journal
from lucid.runtime.script import NO_SCRIPT
from lucid.runtime.session import HostSession
from lucid.server.capsules import KeptFrames

MOST = 8
"""The most branches of a session: the oldest one is dropped."""
SNAPSHOT_BYTES = 4 * 2**20
"""The most bytes of the snapshots of one branch."""


@dataclass(frozen=True)
class Branch:
    """A part of a session that the player left by going back, and can return to."""

    number: int
    start: int
    """The index of the first frame that differs from the session as it is played now."""
    frames: int
    """The number of frames from the start of the session to the end of the branch."""
    journal: Journal

    def described(self, fps: float) -> dict[str, float]:
        """Return the branch as JSON for the page."""
        length = self.frames - self.start
        return {
            "number": self.number,
            "start": self.start,
            "frames": self.frames,
            "start_s": self.start / fps,
            "length_s": length / fps,
        }


class Branches:
    """Goes back in a session, and keeps the part that the player leaves."""

    def __init__(self, session: HostSession, kept: KeptFrames) -> None:
        self._session, self._kept = session, kept
        self._branches: list[Branch] = []
        self._left = 0
        """The number of branches that the session has had."""
        self._start = 0
        """The first frame that differs from the branch that the player left last."""

    @property
    def described(self) -> list[dict[str, float]]:
        """The branches as JSON for the page, oldest first."""
        return [one.described(self._session.journal.snapshots.fps) for one in self._branches]

    def replayed_s(self, frame: int) -> float:
        """Return how many seconds of play are made again to go back; 0 if there is a snapshot."""
        snapshots = self._session.journal.snapshots
        return 0.0 if snapshots.before(frame) else frame / snapshots.fps

    async def rewind(self, frame: int) -> None:
        """Go back to the frame with this index, and go on from there.

        Raises:
            SessionError: the frame was not shown, or the session does not play.
        """
        if not 0 <= frame < self._kept.shown:
            raise SessionError(f"frame {frame} was not shown", hint="choose an earlier picture")
        left = self._now(frame)
        await self._go_to(self._session.journal, frame)
        self._leave(left, frame)

    async def return_to(self, number: int) -> None:
        """Go to the end of a branch, and go on from there.

        Raises:
            SessionError: there is no such branch, or the session does not play.
        """
        branch = next((one for one in self._branches if one.number == number), None)
        if branch is None:
            raise SessionError(f"there is no branch {number}", hint="choose one that is listed")
        parts = min(branch.start, self._start)
        left = self._now(parts)
        await self._go_to(branch.journal, branch.frames - 1)
        self._kept.forget(parts)
        self._branches.remove(branch)
        self._leave(left, branch.start)

    def restart(self) -> None:
        """Start the session anew; what was played becomes a branch.

        Raises:
            SessionStateError: the session does not play.
        """
        left = self._now(0)
        self._session.start_anew(NO_SCRIPT)
        self._leave(left, 0)

    def _now(self, start: int) -> Branch:
        """Return the session so far as a branch."""
        journal = self._session.journal.copy(SNAPSHOT_BYTES)
        return Branch(self._left + 1, start, self._kept.shown, journal)

    def _leave(self, left: Branch, start: int) -> None:
        self._left, self._start = left.number, start
        self._branches = [*self._branches, left][-MOST:]

    async def _go_to(self, journal: Journal, frame: int) -> None:
        """Go on from a frame of a journal: restore a snapshot, or else play from the start."""
        start = journal.snapshots.before(frame)
        if start is None or not await self._session.restore(journal, start, frame):
            self._session.start_anew(await asyncio.to_thread(journal.script, frame))
