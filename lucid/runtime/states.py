"""SessionState, and the moves that are allowed between states."""

from enum import StrEnum

from lucid.errors import SessionStateError


class SessionState(StrEnum):
    """The state of a session, as the player's page shows it."""

    LOADING = "loading"
    """The model loads, for the first time or because its port changed."""
    READY = "ready"
    """The session can start when its transport is connected."""
    RUNNING = "running"
    PAUSED = "paused"
    ENDING = "ending"
    """The session ends, but the port's ``close()`` has not returned yet."""
    ENDED = "ended"
    FAILED = "failed"

    @property
    def over(self) -> bool:
        """Whether no state can follow."""
        return not _MOVES[self]


_S = SessionState
_MOVES: dict[SessionState, frozenset[SessionState]] = {
    _S.LOADING: frozenset({_S.READY, _S.ENDED, _S.FAILED}),
    _S.READY: frozenset({_S.RUNNING, _S.LOADING, _S.ENDING, _S.ENDED, _S.FAILED}),
    _S.RUNNING: frozenset({_S.PAUSED, _S.LOADING, _S.ENDING, _S.ENDED, _S.FAILED}),
    _S.PAUSED: frozenset({_S.RUNNING, _S.LOADING, _S.ENDING, _S.ENDED, _S.FAILED}),
    _S.ENDING: frozenset({_S.ENDED, _S.FAILED}),
    _S.ENDED: frozenset(),
    _S.FAILED: frozenset(),
}


def move(current: SessionState, wanted: SessionState) -> SessionState:
    """Return ``wanted``, the new state.

    Raises:
        SessionStateError: ``wanted`` may not follow ``current``.
    """
    if wanted not in _MOVES[current]:
        raise SessionStateError(current, wanted, _MOVES[current])
    return wanted
