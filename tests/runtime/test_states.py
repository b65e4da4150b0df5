from __future__ import annotations

import pytest

from lucid.errors import SessionStateError
from lucid.runtime.states import SessionState, move

LIFE = [
    SessionState.LOADING,
    SessionState.READY,
    SessionState.RUNNING,
    SessionState.PAUSED,
    SessionState.RUNNING,
    SessionState.LOADING,  # the port changed
    SessionState.READY,
    SessionState.RUNNING,
    SessionState.ENDING,
    SessionState.ENDED,
]


def test_a_session_lives_from_loading_to_ended() -> None:
    state = LIFE[0]
    for wanted in LIFE[1:]:
        state = move(state, wanted)
    assert state.over


@pytest.mark.parametrize("current", [s for s in SessionState if not s.over])
def test_a_session_can_fail_from_every_state_it_lives_in(current: SessionState) -> None:
    assert move(current, SessionState.FAILED).over


@pytest.mark.parametrize(
    ("current", "wanted"),
    [
        (SessionState.LOADING, SessionState.RUNNING),
        (SessionState.READY, SessionState.PAUSED),
        (SessionState.ENDING, SessionState.RUNNING),
        (SessionState.ENDED, SessionState.RUNNING),
        (SessionState.FAILED, SessionState.ENDED),
    ],
)
def test_an_illegal_move_says_what_is_possible(current: SessionState, wanted: SessionState) -> None:
    with pytest.raises(SessionStateError, match=f"{current} cannot become {wanted}; allowed: "):
        move(current, wanted)
