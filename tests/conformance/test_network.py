"""Recordings of a network's arguments, and what differs between two."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest

from lucid.conformance.network import Network, changes

torch: Any = pytest.importorskip("torch")


class Inner(torch.nn.Module):  # type: ignore[misc]  # torch is optional
    def forward(self, x: Any) -> Any:
        return x


class Outer(torch.nn.Module):  # type: ignore[misc]  # torch is optional
    def __init__(self) -> None:
        super().__init__()
        self.inner = Inner()

    def forward(self, x: Any, conditions: dict[str, Any], past: Any = None) -> Any:
        made = self.inner(x) + conditions["keys"].sum()
        conditions["keys"] += 1  # a cache that it fills
        return made


def differences(play: Callable[[dict[str, Any]], Any], one: Any, other: Any) -> list[str]:
    """Return the rows of two steps, ``play(keyword arguments)``."""
    network = Network(torch)
    with network.finding():
        play(one())
    with network.recording() as before:
        play(one())
    with network.recording() as after:
        play(other())
    return [str(row) for row in changes(before, after)]


def test_arguments_are_named_by_the_outermost_module_and_copied_before_the_call() -> None:
    outer = Outer()

    def conditions(frames: slice) -> dict[str, Any]:
        keys = torch.zeros(1, 8, 4)
        keys[:, frames, 2] = 1
        return {"x": torch.ones(2), "conditions": {"keys": keys}, "past": [torch.ones(3), 0.5]}

    rows = differences(
        lambda given: outer(given.pop("x"), **given),
        lambda: conditions(slice(0, 0)),
        lambda: conditions(slice(5, 8)),
    )
    assert rows == ["conditions.keys[0, 5:8, 2] 0 → 1"]


def test_each_number_of_a_pose_is_a_row_and_a_picture_is_one() -> None:
    inner = Inner()
    moved = torch.eye(4).repeat(1, 3, 1, 1)
    moved[:, 1:, 0, 3], moved[:, 1:, 2, 3] = -0.5, 2
    poses = differences(
        lambda given: inner(**given),
        lambda: {"x": torch.eye(4).repeat(1, 3, 1, 1)},
        lambda: {"x": moved},
    )
    assert poses == ["x[0, 1:3, 0, 3] 0 → -0.5", "x[0, 1:3, 2, 3] 0 → 2"]
    picture = torch.zeros(1, 6, 5, 5)
    picture[:, 2:4] = torch.arange(25.0).view(5, 5) - 12
    rows = differences(
        lambda given: inner(**given), lambda: {"x": torch.zeros(1, 6, 5, 5)}, lambda: {"x": picture}
    )
    assert rows == ["x[0, 2:4, :, :] 0 → -12..12, first -"]


def test_an_argument_of_another_size_is_a_change_of_its_size() -> None:
    inner = Inner()
    rows = differences(
        lambda given: inner(**given), lambda: {"x": torch.ones(4)}, lambda: {"x": torch.ones(6)}
    )
    assert rows == ["x[size] 4 → 6"]


def test_a_compiled_step_on_another_thread_is_recorded() -> None:
    inner = Inner()

    @torch.compile(backend="eager", fullgraph=True)  # type: ignore[untyped-decorator]  # of torch
    def step(x: Any) -> Any:
        return inner(x) * 2

    def on_a_thread(given: dict[str, Any]) -> None:
        thread = threading.Thread(target=step, args=(given["x"],))
        thread.start()
        thread.join()

    step(torch.zeros(2))
    rows = differences(on_a_thread, lambda: {"x": torch.zeros(2)}, lambda: {"x": torch.eye(2)[1]})
    assert rows == ["x[1] 0 → 1"]
