from __future__ import annotations

from typing import Annotated, Any

import pytest
from pydantic import Field

from lucid import LucidSession, input, manifest, wheel
from lucid.errors import InputQueueFullError
from lucid.runtime.inbox import LIMIT, Inbox
from lucid.runtime.messages import Align, ControlMessage, Input, Pause, Resume, Step
from tests.authoring.test_manifest import model_of
from tests.ports import EverythingModel


def inbox() -> Inbox:
    return Inbox(manifest(EverythingModel))


def test_messages_come_out_in_order_once() -> None:
    box = inbox()
    messages: list[ControlMessage] = [Pause(), Input(1, "forward", {"pressed": True})]
    messages.append(Input(2, "jump", {}))
    for message in messages:
        box.put(message)
    assert box.take() == messages
    assert box.take() == []


def test_pointer_and_wheel_deltas_that_wait_are_summed() -> None:
    box = inbox()
    for seq in range(1, 1_001):
        box.put(Input(2 * seq, "look", {"dx": 1, "dy": -0.5}))
        box.put(Input(2 * seq + 1, "zoom", {"delta": 1.0}))
    assert box.take() == [
        Input(2_000, "look", {"dx": 1_000, "dy": -500.0}),
        Input(2_001, "zoom", {"delta": 1_000.0}),
    ]


class BoundedSession(LucidSession[Any]):
    @input(binding=wheel())
    def zoom(self, delta: Annotated[float, Field(ge=-3, le=3)]) -> None: ...


def test_a_sum_keeps_the_bounds_that_its_input_declares() -> None:
    box = Inbox(manifest(model_of(BoundedSession)))
    for seq, delta in enumerate([2.0, 1.0, 0.5, 2.5, -5.0, 1.0], 1):
        box.put(Input(seq, "zoom", {"delta": delta}))
    assert box.take() == [
        Input(2, "zoom", {"delta": 3.0}),
        Input(6, "zoom", {"delta": -1.0}),
    ]


def test_deltas_that_are_no_numbers_are_left_to_validation() -> None:
    box = inbox()
    box.put(Input(1, "zoom", {"delta": "1"}))
    box.put(Input(2, "zoom", {"delta": "1"}))
    assert len(box.take()) == 2


def test_a_full_queue_refuses_inputs_but_never_a_release() -> None:
    box = inbox()
    for seq in range(LIMIT):
        box.put(Input(seq + 1, "jump", {}))
    with pytest.raises(InputQueueFullError, match="input 'jump' was dropped"):
        box.put(Input(LIMIT + 1, "jump", {}))
    for seq in range(LIMIT + 2, LIMIT + 1_000, 2):
        box.put(Input(seq, "forward", {"pressed": False}))
        box.put(Input(seq + 1, "lean", {"value": 0}))
    assert box.take()[LIMIT:] == [
        Input(LIMIT + 2, "forward", {"pressed": False}),
        Input(LIMIT + 3, "lean", {"value": 0}),
    ]


def test_press_release_press_keeps_its_order() -> None:
    box = inbox()
    presses = [True, False, True, False]
    for seq, pressed in enumerate(presses, 1):
        box.put(Input(seq, "forward", {"pressed": pressed}))
    taken = [m.args["pressed"] for m in box.take() if isinstance(m, Input)]
    assert taken == presses


@pytest.mark.parametrize(("first", "second"), [(10**400, 1.5), (1e308, 1e308), (1.5, -(10**400))])
def test_deltas_without_a_finite_sum_are_left_to_validation(first: float, second: float) -> None:
    box = inbox()
    messages: list[ControlMessage] = [
        Input(1, "zoom", {"delta": first}),
        Input(2, "zoom", {"delta": second}),
    ]
    for message in messages:
        box.put(message)
    assert box.take() == messages


def test_a_full_queue_keeps_the_newest_control_message_of_a_kind() -> None:
    box = inbox()
    for seq in range(LIMIT):
        box.put(Input(seq + 1, "jump", {}))
    for _ in range(1_000):
        for message in (Pause(), Step(), Align(1.0), Resume(), Align(2.0)):
            box.put(message)
    assert box.take()[LIMIT:] == [Step(), Resume(), Align(2.0)]
