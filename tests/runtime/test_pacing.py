from __future__ import annotations

import asyncio
from functools import partial

import pytest

from lucid.runtime.context import RunningContext
from lucid.runtime.host import Host
from lucid.runtime.pacing import MARGIN_S, SOUND_LEAD_S, Pacer
from lucid.runtime.thread_worker import ThreadWorker
from tests.ports import SlowChunkModel
from tests.runtime.workers import joined


class FakeClock:
    """A clock that advances when a session waits and when the port spends time."""

    def __init__(self) -> None:
        self._now_s = -1e9  # before any real time: a host shows every frame at once

    def now_s(self) -> float:
        return self._now_s

    def spend(self, seconds: float) -> None:
        self._now_s += seconds

    async def wait(self, event: asyncio.Event, until_s: float) -> None:
        await asyncio.sleep(0)
        self._now_s = max(self._now_s, until_s)


def play(pacer: Pacer, steps: list[float], count: int = 1) -> list[float]:
    """Return the due times of the frames of steps with the given durations in seconds."""
    now_s, due_s = 100.0, []
    for step_s in steps:
        now_s += step_s
        due_s += pacer.schedule(count, now_s, step_s)
        now_s = pacer.next_step_s(now_s)
    return [round(due - due_s[0], 6) for due in due_s]


def test_frames_are_due_on_an_absolute_grid_however_long_their_steps_take() -> None:
    steps = [0.010, 0.030, 0.005, 0.020, 0.031, 0.001]
    assert play(Pacer(25), steps) == [0.0, 0.04, 0.08, 0.12, 0.16, 0.2]


def test_a_chunk_is_spread_evenly() -> None:
    assert play(Pacer(50), [0.03, 0.03], count=4) == [
        0.0, 0.02, 0.04, 0.06, 0.08, 0.1, 0.12, 0.14,
    ]  # fmt: skip


def test_a_step_starts_just_before_its_frame_is_due() -> None:
    pacer = Pacer(10)
    for due_s in (5.0, 5.1, 5.2):
        assert pacer.schedule(1, due_s, 0.03) == [pytest.approx(due_s)]
    assert pacer.next_step_s(5.21) == pytest.approx(5.3 - 0.03 - MARGIN_S)
    assert pacer.next_step_s(5.29) == 5.29


def test_a_model_that_falls_behind_starts_a_new_grid_and_never_catches_up() -> None:
    pacer = Pacer(10)
    assert pacer.schedule(1, 1.0, 0.004) == [1.0]
    assert pacer.schedule(1, 1.15, 0.004) == [pytest.approx(1.1)]  # late, but less than a frame
    assert pacer.schedule(1, 2.0, 0.004) == [2.0]
    assert pacer.schedule(1, 2.0, 0.004) == [pytest.approx(2.1)]


def test_without_fps_a_chunk_is_spread_over_the_time_its_step_took() -> None:
    pacer = Pacer(None)
    pacer.schedule(4, 10.0, 0.2)
    first, *_, last = pacer.schedule(4, 10.2, 0.2)
    assert last - first == pytest.approx(0.15)


def test_without_fps_a_fast_model_shows_60_frames_a_second() -> None:
    assert play(Pacer(None), [0.001] * 3) == [0.0, 0.016667, 0.033333]


def test_after_a_pause_the_next_frame_is_due_at_once() -> None:
    pacer = Pacer(10)
    pacer.schedule(1, 1.0, 0.004)
    pacer.restart()
    assert pacer.schedule(1, 1.05, 0.004) == [1.05]


@pytest.mark.parametrize(("fps", "early_s"), [(15, 2 / 60), (30, 1 / 60), (60, 1 / 180)])
def test_a_key_starts_a_step_early_and_moves_the_grid(fps: float, early_s: float) -> None:
    pacer = Pacer(fps)
    for now_s in (10.0, 10.0 + 1 / fps):
        pacer.schedule(1, now_s, 0.001)
    planned_s = pacer.next_step_s(now_s)
    start_s = pacer.early_step_s(now_s)
    assert start_s == pytest.approx(planned_s - early_s)
    pacer.start_step(start_s + 0.0015)  # it woke late
    due_s = 10.0 + 2 / fps - early_s
    assert pacer.schedule(1, start_s + 0.0025, 0.001) == [pytest.approx(due_s)]
    assert pacer.schedule(1, due_s + 1 / fps, 0.001) == [pytest.approx(due_s + 1 / fps)]


def test_a_key_that_comes_less_than_a_refresh_before_the_next_step_waits_for_it() -> None:
    pacer = Pacer(30)
    for now_s in (10.0, 10.0 + 1 / 30):
        pacer.schedule(1, now_s, 0.001)
    step_s = pacer.next_step_s(now_s)
    assert pacer.early_step_s(step_s - 0.012) == step_s


def test_a_step_that_starts_when_it_should_leaves_the_grid_as_it_is() -> None:
    pacer = Pacer(fps=50)
    for now_s in (10.0, 10.02):
        pacer.schedule(1, now_s, 0.004)
    pacer.start_step(pacer.next_step_s(10.021))
    assert pacer.schedule(1, 10.038, 0.004) == [pytest.approx(10.04)]


def test_a_shift_moves_every_frame_from_then_on() -> None:
    pacer = Pacer(fps=50)
    pacer.schedule(1, 10.0, 0.004)
    pacer.shift(0.005)
    assert [pacer.schedule(1, 10.01, 0.004), pacer.schedule(1, 10.03, 0.004)] == [
        [pytest.approx(10.025)],
        [pytest.approx(10.045)],
    ]


def test_with_sound_neither_keys_nor_displays_move_the_grid_and_frames_are_ready_early() -> None:
    pacer = Pacer(fps=20, steady=True)
    for now_s in (10.0, 10.02):
        pacer.schedule(1, now_s, 0.004)
    pacer.shift(0.005)
    assert pacer.early_step_s(10.03) == pacer.next_step_s(10.03)
    assert pacer.next_step_s(10.03) == pytest.approx(10.1 - 0.004 - SOUND_LEAD_S)
    pacer.start_step(10.04)
    assert pacer.next_due_s == pytest.approx(10.1)
    assert pacer.schedule(1, 10.05, 0.004) == [pytest.approx(10.1)]


def test_before_the_first_frame_there_is_nothing_to_shift() -> None:
    pacer = Pacer(fps=50)
    pacer.shift(0.005)
    assert pacer.schedule(1, 10.0, 0.004) == [10.0]


async def test_only_the_output_that_sets_the_pace_ends_a_step(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = FakeClock()
    monkeypatch.setattr(SlowChunkModel, "spend", staticmethod(clock.spend), raising=False)
    host = Host(ThreadWorker(SlowChunkModel, make_context=partial(RunningContext, clock=clock)))
    host.start()
    try:
        player = await joined(host)
        await player.until(lambda: sum(f.output == "main_video" for f in player.frames) >= 60)
        shown = [frame for frame in player.frames if frame.output == "main_video"]
    finally:
        await host.stop()
    start_s = shown[0].due_s
    due_s = [round(frame.due_s - start_s, 5) for frame in shown]
    assert due_s == [round(index / 30, 5) for index in range(len(due_s))]
    assert {round(frame.inference_ms) for frame in shown} == {25}  # 0.3 s for 12 frames
