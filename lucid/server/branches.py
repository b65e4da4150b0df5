"""Branches: what was played after a frame to which the player went back."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from lucid.errors import SessionError
from lucid.runtime.journal import Journal
from lucid.runtime.session import HostSession
from lucid.server.capsules import KeptFrames

MOST = 8
"""The most branches of a session: the oldest one is dropped."""
SNAPSHOT_BYTES = 4 * 2**20
"""The most bytes of the snapshots of one branch."""


@dataclass(frozen=True)
class Branch:
    """A part of a session that was left, and that its player can return to."""

    number: int
    start: int
    """The index of the frame at which it parts from what is played now."""
    frames: int
    """How many frames were shown until its end, from the start of the session."""
    journal: Journal

    def described(self, fps: float) -> dict[str, float]:
        """Return it as the page gets it."""
        length = self.frames - self.start
        return {
            "number": self.number,
            "start": self.start,
            "frames": self.frames,
            "start_s": self.start / fps,
            "length_s": length / fps,
        }


class Branches:
    """Goes back in a session and keeps what is left by that."""

    def __init__(self, session: HostSession, kept: KeptFrames) -> None:
        self._session, self._kept = session, kept
        self._branches: list[Branch] = []
        self._left = 0
        """How many branches there have been."""
        self._start = 0
        """Where what is played now parts from the branch that was left last."""

    @property
    def described(self) -> list[dict[str, float]]:
        """The branches as the page gets them, oldest first."""
        return [one.described(self._session.journal.snapshots.fps) for one in self._branches]

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

    def _now(self, start: int) -> Branch:
        """Return what is played now as a branch."""
        journal = self._session.journal.copy(SNAPSHOT_BYTES)
        return Branch(self._left + 1, start, self._kept.shown, journal)

    def _leave(self, left: Branch, start: int) -> None:
        self._left, self._start = left.number, start
        self._branches = [*self._branches, left][-MOST:]

    async def _go_to(self, journal: Journal, frame: int) -> None:
        """Go on from a frame of a journal: by its last snapshot, or else from the start."""
        start = journal.snapshots.before(frame)
        if start is None or not await self._session.restore(journal, start, frame):
            self._session.start_anew(await asyncio.to_thread(journal.script, frame))
