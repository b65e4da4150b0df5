"""Sessions on the in-memory transport."""

from __future__ import annotations

import asyncio
import threading
from itertools import pairwise
from typing import Any, ClassVar

import numpy as np
import pytest

from lucid import (
    LoadContext,
    LucidModel,
    LucidSession,
    SessionContext,
    hold,
    input,
    press,
    publish,
)
from lucid.errors import SessionError, SessionStateError
from lucid.media.i420 import to_rgb
from lucid.runtime.host import MAX_QUEUE, Host
from lucid.runtime.memory import MemoryTransport, hosting, playing
from lucid.runtime.messages import Align, Frame, LoadProgress, Pause, ReleaseAll, Resume, Step
from lucid.runtime.session import QueueNotice, TurnNotice
from lucid.runtime.states import SessionState
from lucid.runtime.thread_worker import ThreadWorker
from tests.ports import (
    HEIGHT,
    WIDTH,
    BrokenModel,
    EverythingModel,
    EverythingSession,
    UnloadableModel,
)
from tests.waits import LIMIT_S, until


def red(frame: Frame) -> int:
    return int(to_rgb(frame.i420)[0, 0, 0])


async def test_inputs_are_applied_between_steps_in_order_and_named_by_the_frame() -> None:
    async with playing(EverythingModel) as player:
        player.send("jump")
        player.send("set_prompt", prompt="a forest")
        seq = player.send("forward", pressed=True)
        frame = await player.frame_after(seq)
        assert to_rgb(frame.i420)[0, 0] == pytest.approx([255, 128, 0], abs=3)
        told = EverythingModel.last.told
        assert told == [("jump",), ("prompt", "a forest"), ("forward", True)]
        before = [f for f in player.frames if f.index < frame.index]
        assert all(red(f) < 5 for f in before if f.input_seq < seq)


class ScoringSession(LucidSession["ScoringModel"]):
    """Publishes a score between each step and its frame, whose red says whether it shows a tap."""

    taps = 0

    @input(binding=press(keys=("Space",)))
    def tap(self) -> None:
        self.taps += 1

    async def run(self) -> None:
        while self.ctx.running:
            shows = self.taps > 0
            self.model.in_step.set()
            self.model.may_publish.wait(LIMIT_S)
            await self.ctx.publish("score", {"taps": self.taps})
            await self.ctx.publish("main_video", np.full((HEIGHT, WIDTH, 3), 250 * shows, np.uint8))


class ScoringModel(LucidModel):
    name = "scoring"
    session_cls = ScoringSession
    outputs = (
        publish.video(name="main_video", width=WIDTH, height=HEIGHT),
        publish.json(name="score"),
    )

    def load(self, ctx: LoadContext) -> None:
        self.in_step, self.may_publish = threading.Event(), threading.Event()
        ScoringModel.last = self

    last: ClassVar[ScoringModel]


async def test_a_frame_names_no_input_that_arrived_after_its_step() -> None:
    async with playing(ScoringModel) as player:
        model = ScoringModel.last
        await asyncio.to_thread(model.in_step.wait, LIMIT_S)
        seq = player.send("tap")
        model.may_publish.set()
        frame = await player.frame_after(seq)
        assert (frame.index, red(frame) > 200) == (1, True)


async def test_deltas_sent_during_a_step_are_summed() -> None:
    class SlowModel(EverythingModel):
        step_s = 0.2

    async with playing(SlowModel) as player:
        await player.next_frames(1)
        for _ in range(100):
            player.send("look", dx=1.0, dy=0.25)
        await player.frame_after(100)
        told = SlowModel.last.told
        assert len(told) <= 2
        assert sum(entry[1] for entry in told) == 100
        assert sum(entry[2] for entry in told) == 25


async def test_a_blocking_step_does_not_block_the_host() -> None:
    inside, released = threading.Event(), threading.Event()
    answers: list[bool] = []

    class StuckModel(EverythingModel):
        async def after_step(self, session: EverythingSession) -> None:
            inside.set()
            answers.append(released.wait(LIMIT_S))  # blocks, as a step does

    async with playing(StuckModel) as player:
        await until(inside.is_set)
        await player.until(lambda: bool(player.frames))
        released.set()
        await until(lambda: len(answers) > 1)
    assert all(answers)


async def test_load_run_and_handlers_share_one_thread() -> None:
    class ThreadSession(EverythingSession):
        async def set_prompt(self, prompt: str) -> None:
            self.told.append(threading.get_ident())

        set_prompt.__lucid_input__ = EverythingSession.set_prompt.__lucid_input__  # type: ignore[attr-defined]  # declared as in the base

        def close(self) -> None:
            self.told.append(threading.get_ident())

    class ThreadModel(EverythingModel):
        session_cls = ThreadSession

        def load(self, ctx: LoadContext) -> None:
            super().load(ctx)
            self.told.append(threading.get_ident())

        async def after_step(self, session: EverythingSession) -> None:
            self.told.append(threading.get_ident())

    async with playing(ThreadModel) as player:
        await player.frame_after(player.send("set_prompt", prompt="x"))
        await player.leave()
        threads = set(ThreadModel.last.told)
        assert len(threads) == 1
        assert threading.get_ident() not in threads


async def test_pause_stops_the_steps_and_refuses_inputs_without_paused() -> None:
    class TwoModel(EverythingModel):
        max_sessions = 2

    async with hosting(TwoModel) as host:
        player, other = MemoryTransport(host), MemoryTransport(host)
        await player.start()
        await other.start()
        await player.next_frames(2)
        player.control(Pause())
        await player.until(lambda: player.state is SessionState.PAUSED)
        await other.next_frames(5)  # pending frames have arrived by now
        last = player.frames[-1].index
        await other.next_frames(10)
        assert player.frames[-1].index == last
        await other.leave()
        seq = player.send("jump")
        await player.until(lambda: bool(player.errors))
        assert (player.errors[0].error.code, player.errors[0].seq) == ("input.paused", seq)
        player.send("forward", pressed=True)
        player.send("set_prompt", prompt="in a pause")
        player.control(Resume())
        frames = await player.next_frames(1)
        assert frames[0].index == last + 1
        assert red(frames[0]) > 250
        assert ("prompt", "in a pause") in TwoModel.last.told


@pytest.mark.parametrize("shift_ms", [60.0, -60.0])
async def test_an_align_message_shifts_all_later_frames(shift_ms: float) -> None:
    class SlowFramesModel(EverythingModel):
        outputs = (publish.video(name="main_video", width=WIDTH, height=HEIGHT, fps=5),)

    async with playing(SlowFramesModel) as player:
        await player.next_frames(2)
        before = player.frames[-1]
        player.control(Align(shift_ms))  # while the session waits for its next step
        after = (await player.next_frames(4))[-1]
        grid_s = (after.index - before.index) / 5
        assert after.due_s - before.due_s == pytest.approx(grid_s + shift_ms / 1000, abs=0.001)


async def test_a_port_can_pause_itself() -> None:
    class PausingModel(EverythingModel):
        async def after_step(self, session: EverythingSession) -> None:
            if session.steps == 3:
                session.ctx.pause()
                assert session.ctx.is_paused()

    async with playing(PausingModel) as player:
        await player.until(lambda: player.state is SessionState.PAUSED)
        player.control(Resume())
        await player.next_frames(3)


async def test_leaving_releases_held_inputs_before_close() -> None:
    async with playing(EverythingModel) as player:
        player.send("forward", pressed=True)
        await player.frame_after(player.send("lean", value=-1.0))
        await player.leave()
        assert EverythingModel.last.told[2:] == [("forward", False), ("lean", 0.0), ("close",)]
        assert player.states[-2:] == [SessionState.ENDING, SessionState.ENDED]


async def test_release_all_keeps_the_session() -> None:
    async with playing(EverythingModel) as player:
        await player.frame_after(player.send("forward", pressed=True))
        player.control(ReleaseAll())
        await player.until(lambda: red(player.frames[-1]) < 5)
        assert player.state is SessionState.RUNNING


async def test_a_session_that_raises_fails_and_is_closed_and_the_next_works(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with hosting(BrokenModel) as host:
        first = MemoryTransport(host)
        await first.start()
        await first.until(lambda: first.state is SessionState.FAILED)
        assert first.errors[0].error.code == "session.failed"
        assert first.errors[0].error.message == "the port's run() raised ValueError: a step broke"
        assert BrokenModel.last.told == [("close",)]
        assert "Traceback" in caplog.text
        second = MemoryTransport(host)
        await second.start()
        await second.next_frames(5)


class UnmadeSession(EverythingSession):
    def __init__(self, model: EverythingModel, ctx: SessionContext) -> None:
        raise ValueError("no room")


class Unmade(EverythingModel):
    session_cls = UnmadeSession


class UnmadeByModel(EverythingModel):
    def create_session(self, ctx: SessionContext) -> LucidSession[Any]:
        raise ValueError("no room")


@pytest.mark.parametrize(
    ("model_cls", "made_by"),
    [(Unmade, "UnmadeSession.__init__"), (UnmadeByModel, "create_session")],
)
async def test_an_error_while_a_session_is_made_names_what_made_it(
    model_cls: type[EverythingModel], made_by: str
) -> None:
    async with hosting(model_cls) as host:
        with pytest.raises(SessionError) as failed:
            await MemoryTransport(host).start()
        assert failed.value.message == f"the port's {made_by}() raised ValueError: no room"


@pytest.mark.parametrize(
    ("sample", "code"),
    [
        (np.zeros((64, 48, 3), np.uint8), "output.shape"),
        (np.zeros((48, 64, 3), np.float32), "output.type"),
    ],
)
async def test_a_frame_that_does_not_fit_ends_the_session_with_the_reason(
    sample: Any, code: str
) -> None:
    class BadFrameModel(EverythingModel):
        async def after_step(self, session: EverythingSession) -> None:
            await session.ctx.publish("main_video", sample)

    async with hosting(BadFrameModel) as host:
        player = MemoryTransport(host)
        await player.start()
        await player.until(lambda: player.state is SessionState.FAILED)
        assert player.errors[0].error.code == code


async def test_an_undeclared_output_ends_the_session_with_the_reason() -> None:
    class TypoModel(EverythingModel):
        async def after_step(self, session: EverythingSession) -> None:
            await session.ctx.publish("man_video", None)

    async with hosting(TypoModel) as host:
        player = MemoryTransport(host)
        await player.start()
        await player.until(lambda: player.state is SessionState.FAILED)
        assert player.errors[0].error.code == "output.unknown"
        assert "declared outputs: main_video" in str(player.errors[0].error.hint)


async def test_a_model_that_does_not_load_fails_its_sessions(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with hosting(UnloadableModel) as host:
        player = MemoryTransport(host)
        with pytest.raises(SessionError, match="raised FileNotFoundError"):
            await player.start()
        assert LoadProgress("download", 0.5) in player.notices
        assert player.state is SessionState.FAILED


async def test_run_that_ignores_running_is_cancelled_and_closed() -> None:
    class ForeverSession(EverythingSession):
        async def run(self) -> None:
            while True:
                await self.ctx.publish("main_video", np.zeros((48, 64, 3), np.uint8))

    class ForeverModel(EverythingModel):
        session_cls = ForeverSession

    async with playing(ForeverModel) as player:
        await player.next_frames(2)
        await player.leave()
        assert player.state is SessionState.ENDED
        assert ForeverModel.last.told == [("close",)]


async def test_run_that_returns_ends_the_session() -> None:
    class BriefSession(EverythingSession):
        async def run(self) -> None:
            await self.ctx.publish("main_video", np.zeros((48, 64, 3), np.uint8))

    class BriefModel(EverythingModel):
        session_cls = BriefSession

    async with playing(BriefModel) as player:
        await player.until(lambda: player.state is SessionState.ENDED)


async def test_a_close_that_raises_is_reported(caplog: pytest.LogCaptureFixture) -> None:
    class BadCloseSession(EverythingSession):
        def close(self) -> None:
            raise OSError("disk")

    class BadCloseModel(EverythingModel):
        session_cls = BadCloseSession

    async with playing(BadCloseModel) as player:
        await player.leave()
        assert player.errors[0].error.message == "the port's close() raised OSError: disk"


async def test_an_input_that_waits_for_its_prompt_gets_it_before_the_first_frame() -> None:
    class WaitingSession(EverythingSession):
        async def run(self) -> None:
            while not self.told:  # noqa: ASYNC110 - what a port may do
                await asyncio.sleep(0.01)
            await super().run()

    class WaitingModel(EverythingModel):
        session_cls = WaitingSession

    async with playing(WaitingModel) as player:
        player.send("set_prompt", prompt="go")
        await player.next_frames(1)


async def test_players_above_max_sessions_wait_with_their_position() -> None:
    class TwoModel(EverythingModel):
        max_sessions = 2

    async with hosting(TwoModel) as host:
        players = [MemoryTransport(host) for _ in range(4)]
        await players[0].start()
        await players[1].start()
        await asyncio.gather(*(p.next_frames(3) for p in players[:2]))
        assert [p.notices for p in players[2:]] == [[QueueNotice(1)], [QueueNotice(2)]]
        host.end(players[2].session)
        assert players[3].notices[-1] == QueueNotice(1)
        await players[0].leave()
        await players[3].start()
        await players[3].next_frames(2)
        with pytest.raises(SessionStateError):
            players[3].session.start()


async def test_a_turn_ends_when_its_time_is_over_and_somebody_waits() -> None:
    host = Host(ThreadWorker(EverythingModel), turn_s=0.3)
    host.start()
    first, second, third = (MemoryTransport(host) for _ in range(3))
    waits = [one.notices[0] for one in (second, third)]
    assert [round(w.wait_s or 0, 1) for w in waits if isinstance(w, QueueNotice)] == [0.3, 0.6]
    await first.start()
    assert [0 < (left_s or 0) <= 0.3 for left_s in turns_of(first)] == [True]
    await second.start()  # when the first turn is over
    assert first.errors[-1].error.code == "session.turn"
    assert first.state is SessionState.ENDED
    host.end(third.session)  # now nobody waits
    assert turns_of(second)[-1] is None
    assert second.state is SessionState.RUNNING
    await host.stop()


def turns_of(player: MemoryTransport) -> list[float | None]:
    return [notice.left_s for notice in player.notices if isinstance(notice, TurnNotice)]


async def test_two_sessions_are_independent() -> None:
    class TwoModel(EverythingModel):
        max_sessions = 2

    async with hosting(TwoModel) as host:
        one, other = MemoryTransport(host), MemoryTransport(host)
        await one.start()
        await other.start()
        await one.frame_after(one.send("forward", pressed=True))
        frames = await other.next_frames(3)
        assert all(red(frame) < 5 for frame in frames)


async def test_the_model_waits_while_its_frames_are_not_shown() -> None:
    class FastModel(EverythingModel):
        step_s = 0.0
        outputs = (publish.video(name="main_video", width=64, height=48, fps=200),)

    async with playing(FastModel) as player:
        await player.next_frames(5)
        shown: list[Frame] = []

        def stall(frame: Frame) -> None:  # a slow transport blocks the host's loop
            shown.append(frame)
            threading.Event().wait(0.1)

        steps = FastModel.last.steps
        player.frame = stall  # type: ignore[method-assign]  # one viewer, slowed down
        await until(lambda: len(shown) >= 5)
        assert FastModel.last.steps - steps <= len(shown) + 4


async def test_frames_are_shown_at_the_declared_rate_on_time() -> None:
    async with playing(EverythingModel) as player:
        await player.next_frames(10)
        frames = await player.next_frames(50)
        intervals = np.diff([frame.due_s for frame in frames])
        assert np.median(intervals) == pytest.approx(0.02)
        assert [frame.index for frame in frames] == list(
            range(frames[0].index, frames[0].index + 50)
        )


async def test_twenty_sessions_leave_no_task_and_no_thread() -> None:
    async with hosting(EverythingModel) as host:
        await play_one(host)
        before = len(asyncio.all_tasks()), threading.active_count()
        for _ in range(20):
            await play_one(host)
        assert (len(asyncio.all_tasks()), threading.active_count()) == before
    assert not [t for t in threading.enumerate() if t.name == "lucid-model"]


async def play_one(host: Any) -> None:
    player = MemoryTransport(host)
    await player.start()
    await player.next_frames(2)
    await player.leave()


async def test_stopping_ends_a_running_session_and_unloads() -> None:
    unloaded: list[bool] = []

    class UnloadingModel(EverythingModel):
        async def unload(self) -> None:
            unloaded.append(True)

    async with hosting(UnloadingModel) as host:
        player = MemoryTransport(host)
        await player.start()
        await player.next_frames(1)
    assert unloaded == [True]
    assert UnloadingModel.last.told == [("close",)]
    assert player.state is SessionState.ENDED


def test_a_session_without_run_says_so() -> None:
    session: LucidSession[Any] = LucidSession(None, None)  # type: ignore[arg-type]  # never used
    with pytest.raises(NotImplementedError, match="must define `async def run"):
        asyncio.run(session.run())


@pytest.mark.parametrize("blocking", [True, False])
async def test_stopping_during_a_load_ends_the_thread(blocking: bool) -> None:
    loading, done = threading.Event(), threading.Event()

    class SlowLoadModel(EverythingModel):
        async def load(self, ctx: LoadContext) -> None:  # type: ignore[override]  # either may be
            loading.set()
            if blocking:
                done.wait(0.3)
            else:
                await asyncio.sleep(60)

    async with hosting(SlowLoadModel) as host:
        player = MemoryTransport(host)
        await asyncio.to_thread(loading.wait, 5)
    assert player.state is SessionState.ENDED
    assert not [t for t in threading.enumerate() if t.name == "lucid-model"]


async def test_a_missing_library_is_named_and_how_to_install_it() -> None:
    class NeedyModel(EverythingModel):
        def load(self, ctx: LoadContext) -> None:
            import no_such_engine  # type: ignore[import-not-found]  # noqa: F401

    async with hosting(NeedyModel) as host:
        player = MemoryTransport(host)
        with pytest.raises(SessionError, match=r"load\(\) needs no_such_engine, which is not"):
            await player.start()
        assert "run `lucid sync " in str(player.errors[0].error.hint)


async def test_a_player_who_leaves_while_the_model_is_busy_frees_its_place() -> None:
    class BusyModel(EverythingModel):
        max_sessions = 2
        step_s = 0.3

    async with hosting(BusyModel) as host:
        first = MemoryTransport(host)
        await first.start()
        await first.next_frames(1)
        brief = MemoryTransport(host)
        await brief.until(lambda: brief.state is SessionState.READY)
        brief.session.start()
        brief.send("forward", pressed=True)
        await brief.leave()
        assert brief.state is SessionState.ENDED
        assert BusyModel.last.told == [("forward", True), ("forward", False), ("close",)]
        third = MemoryTransport(host)
        await third.start()


async def test_a_chunk_is_shown_frame_by_frame_evenly_and_the_next_one_in_time() -> None:
    class ChunkSession(EverythingSession):
        async def run(self) -> None:
            while self.ctx.running:
                self.steps += 1
                chunk = np.zeros((4, 48, 64, 3), np.uint8)
                chunk[:] = np.arange(0, 200, 50)[:, None, None, None]
                await asyncio.sleep(0.02)
                await self.ctx.publish("main_video", chunk)

    class ChunkModel(EverythingModel):
        session_cls = ChunkSession
        outputs = (publish.video(name="main_video", width=64, height=48, fps=100),)

    async with playing(ChunkModel) as player:
        await player.next_frames(8)
        frames = await player.next_frames(40)
        assert [round(red(f) / 50) for f in frames] == [f.index % 4 for f in frames]
        within = [b.due_s - a.due_s for a, b in pairwise(frames) if b.index % 4]
        assert within == pytest.approx([0.01] * len(within))


async def test_a_player_is_refused_if_the_queue_is_full() -> None:
    async with hosting(EverythingModel) as host:
        players = [MemoryTransport(host) for _ in range(MAX_QUEUE + 2)]
        assert players[-2].notices == [QueueNotice(MAX_QUEUE)]
        assert players[-1].state is SessionState.FAILED
        assert players[-1].errors[0].error.code == "session.queue_full"
        await players[0].start()


async def test_a_paused_session_makes_one_step_per_step_message() -> None:
    async with playing(EverythingModel) as transport:
        model = EverythingModel.last
        await transport.next_frames(1)
        transport.control(Pause())
        await transport.until(lambda: transport.state is SessionState.PAUSED)
        await transport.until(lambda: transport.frames[-1].index == model.steps)
        for index in range(model.steps + 1, model.steps + 4):
            transport.control(Step())
            await transport.until(lambda index=index: transport.frames[-1].index == index)  # type: ignore[misc]  # mypy knows no default of a lambda
            assert model.steps == index
        assert transport.state is SessionState.PAUSED
        transport.control(Resume())
        await transport.until(lambda: model.steps > index + 5)


class SongSession(LucidSession["SongModel"]):
    @input(binding=hold(keys=("KeyW",)))
    def forward(self, pressed: bool) -> None: ...

    async def run(self) -> None:
        while self.ctx.running:
            for half in range(2):
                await self.ctx.publish("sound", np.full(FRAMES * 400 // 2, half, np.int16))
            await self.ctx.publish("main_video", np.zeros((FRAMES, 48, 64, 3), np.uint8))


FRAMES = 3


class SongModel(LucidModel):
    name = "song"
    session_cls = SongSession
    outputs = (
        publish.video(name="main_video", width=64, height=48, fps=20),
        publish.audio(name="sound", sample_rate_hz=8_000),
    )


async def test_the_sound_of_a_chunk_is_due_with_its_frames_however_many_keys_are_pressed() -> None:
    async with playing(SongModel) as player:
        for turn in range(20):
            player.send("forward", pressed=turn % 2 == 0)
            await player.next_frames(FRAMES)
        first = [frame.due_s for frame in player.frames[::FRAMES]]
        halves = [sound.due_s for sound in player.audio_samples]
        apart_s = sorted(abs(s - f) for s, f in zip(halves[::2], first, strict=False))
        assert apart_s[len(apart_s) // 2] < 0.04
        lengths_s = [late - early for early, late in zip(halves[::2], halves[1::2], strict=False)]
        assert lengths_s == pytest.approx([FRAMES / 20 / 2] * len(lengths_s))
