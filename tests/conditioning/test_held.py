"""Keys and axes between two steps."""

from __future__ import annotations

from lucid.conditioning import Axes, Held


def test_a_key_that_is_down_is_in_every_step_until_it_is_released() -> None:
    held = Held[str]()
    held.hold("w", True)
    assert [held.drain(), held.drain()] == [("w",), ("w",)]
    held.hold("w", False)
    assert held.drain() == ()


def test_a_tap_between_two_steps_is_in_the_next_step_once() -> None:
    held = Held[str]()
    held.hold("w", True)
    held.hold("w", False)
    assert [held.drain(), held.drain()] == [("w",), ()]


def test_a_key_that_is_released_and_tapped_counts_once_more() -> None:
    held = Held[str]()
    held.hold("w", True)
    held.drain()
    for pressed in (False, True, False):
        held.hold("w", pressed)
    assert [held.drain(), held.drain()] == [("w",), ()]


def test_keys_come_in_the_order_in_which_they_were_pressed() -> None:
    held = Held[str]()
    held.hold("s", True)
    assert held.drain() == ("s",)
    held.hold("tap", True)
    held.hold("tap", False)
    held.hold("w", True)
    held.hold("s", True)  # a repeat of a key that is down
    assert held.drain() == ("s", "tap", "w")
    held.hold("s", False)
    held.hold("s", True)
    assert held.drain() == ("w", "s")


def test_two_presses_and_one_release_leave_a_key_up() -> None:
    held = Held[str]()
    held.hold("w", True)
    held.hold("w", True)
    held.hold("w", False)
    held.drain()
    assert held.drain() == ()


def test_an_axis_has_its_value_until_it_is_let_go() -> None:
    axes = Axes(2)
    axes.pull(1, -0.5)
    assert [axes.drain(), axes.drain()] == [(0.0, -0.5), (0.0, -0.5)]
    axes.pull(1, -0.2)
    axes.pull(1, 0.0)
    assert axes.drain() == (0.0, 0.0)


def test_a_pull_between_two_steps_counts_once_at_its_furthest() -> None:
    axes = Axes(2)
    for value in (-0.3, -1.0, -0.4, 0.0):
        axes.pull(0, value)
    assert [axes.drain(), axes.drain()] == [(-1.0, 0.0), (0.0, 0.0)]
