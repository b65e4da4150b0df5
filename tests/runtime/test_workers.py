"""The contract of both workers: the same cases run on the thread and the process worker."""

from __future__ import annotations

import asyncio
import hashlib
import io
import logging
import os
import threading
from typing import Any

import numpy as np
import pytest
from PIL import Image

from lucid import InputFile, SessionContext
from lucid.errors import SessionError
from lucid.media.i420 import to_rgb
from lucid.runtime.memory import MemoryTransport
from lucid.runtime.messages import Frame, LoadProgress, Pause, Resume
from lucid.runtime.session import QueueNotice
from lucid.runtime.states import SessionState
from tests.ports import (
    AllOutputsModel,
    BrokenModel,
    ChunkModel,
    DoomModel,
    EverythingModel,
    EverythingSession,
    ExitingLoadModel,
    ExitingModel,
    TellingModel,
    TooLargeModel,
    UnloadableModel,
)
from tests.runtime.workers import hosting, joined, pid, told

kinds = pytest.mark.parametrize("kind", ["thread", "process"])


def mean(frame: Frame) -> float:
    return float(to_rgb(frame.i420).mean())


@kinds
async def test_a_session_from_its_first_input_to_its_close(
    kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    async with hosting(kind, TellingModel) as host:
        player, other = await joined(host), await joined(host)
        waiting = MemoryTransport(host)
        assert waiting.notices == [QueueNotice(1)]

        player.send("jump")
        player.send("set_prompt", prompt="a forest")
        frame = await player.frame_after(player.send("forward", pressed=True))
        assert to_rgb(frame.i420)[0, 0] == pytest.approx([255, 128, 0], abs=3)
        assert frame.inference_ms > 0
        await player.until(lambda: len(told(player)) == 3)
        assert told(player) == [["jump"], ["prompt", "a forest"], ["forward", True]]
        assert (pid(player) == os.getpid()) is (kind == "thread")

        data = io.BytesIO()
        Image.new("RGB", (8, 6), "red").save(data, "PNG")
        sha256 = hashlib.sha256(data.getvalue()).hexdigest()
        size = len(data.getvalue())
        file = InputFile("f1", "a.png", "image/png", size, sha256, data.getvalue())
        player.session.files["f1"] = file
        await player.frame_after(player.send("set_seed_frame", image="f1"))
        await player.until(lambda: told(player)[-1] == ["seed", [6, 8, 3]])

        player.control(Pause())
        await player.until(lambda: player.state is SessionState.PAUSED)
        refused = player.send("jump")
        await player.until(lambda: bool(player.errors))
        assert (player.errors[0].error.code, player.errors[0].seq) == ("input.paused", refused)
        player.control(Resume())
        await player.until(lambda: player.state is SessionState.RUNNING)

        (frame,) = await other.next_frames(1)
        assert mean(frame) < 50  # no input is held there
        await player.leave()
        await other.until(lambda: told(other)[-1] == ["close"])
        assert told(other)[-2:] == [["forward", False], ["close"]]
        await waiting.until(lambda: waiting.state is SessionState.READY)
    assert other.state is SessionState.ENDED
    said = [record.getMessage() for record in caplog.records]
    assert "the first step of everything" in said
    assert "unloaded" in said


class CountingLoop(asyncio.SelectorEventLoop):
    scheduled = 0

    def call_soon_threadsafe(self, *args: Any, **kwargs: Any) -> asyncio.Handle:  # type: ignore[override]  # any arguments
        self.scheduled += 1
        return super().call_soon_threadsafe(*args, **kwargs)


class BlockedSession(EverythingSession):
    is_blocked, may_go_on = threading.Event(), threading.Event()

    async def run(self) -> None:
        self.is_blocked.set()
        self.may_go_on.wait()
        await super().run()


class BlockedModel(EverythingModel):
    session_cls = BlockedSession

    def create_session(self, ctx: SessionContext) -> BlockedSession:
        return BlockedSession(self, ctx)


async def test_messages_during_a_long_step_schedule_a_bounded_number_of_callbacks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    loop = CountingLoop()
    monkeypatch.setattr(asyncio, "new_event_loop", lambda: loop)
    async with hosting("thread", BlockedModel) as host:
        player = await joined(host)
        await asyncio.to_thread(BlockedSession.is_blocked.wait)
        loop.scheduled = 0
        for _ in range(1_000):
            player.send("zoom", delta=1.0)
            player.send("forward", pressed=False)
        assert 1 <= loop.scheduled <= 2
        BlockedSession.may_go_on.set()
        await player.until(lambda: ("zoom", 1_000.0) in BlockedModel.last.told)


@kinds
async def test_all_kinds_of_output_arrive_unchanged(kind: str) -> None:
    async with hosting(kind, AllOutputsModel) as host:
        player = await joined(host)
        await player.until(lambda: len(player.messages) > 3 and len(player.frames) > 3)
        score, raw = player.messages[:2]
        assert (score.output, score.payload, score.ts_ms) == ("score", '{"step":1}', 20.0)
        assert (raw.output, raw.payload, raw.ts_ms) == ("map", b"\x01\x01\x02", None)
        sound = player.audio_samples[0].samples
        assert (sound.shape, sound.dtype.name, int(sound.max())) == ((960, 1), "int16", 16384)
        depth, main = player.frames[:2]
        assert (depth.output, depth.i420.shape, main.i420.shape) == ("depth", (48, 32), (72, 64))
        assert (mean(depth), mean(main)) == pytest.approx((64, 200), abs=3)
        assert main.pixels.shape == (48, 64, 3)  # the model's thread does not convert it


@kinds
async def test_frames_do_not_change_while_they_are_kept(kind: str) -> None:
    async with hosting(kind, ChunkModel) as host:
        player = await joined(host)
        frames = await player.next_frames(100)
        assert [round(mean(frame) / 5) for frame in frames] == [f.index % 50 for f in frames]
        assert [frame.index for frame in frames] == list(
            range(frames[0].index, frames[-1].index + 1)
        )
        assert all(np.ptp(frame.pixels) == 0 for frame in frames)  # no frame is torn
        with pytest.raises(ValueError, match="read-only"):
            frames[0].pixels[0, 0] = 1
        upper_half = frames[-1].pixels[:24]
        del frames, player.frames[:]
        kept = upper_half.copy()
        await player.next_frames(60)  # enough frames to reuse every slot of a ring
        assert np.array_equal(upper_half, kept)


@kinds
async def test_a_port_that_raises_ends_its_session_and_the_next_one_works(
    kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with hosting(kind, BrokenModel) as host:
        player = await joined(host)
        await player.until(lambda: player.state is SessionState.FAILED)
        assert player.errors[0].error.code == "session.failed"
        assert player.errors[0].error.message == "the port's run() raised ValueError: a step broke"
        assert "in after_step" in caplog.text
        await (await joined(host)).next_frames(5)


@kinds
async def test_sys_exit_in_a_step_ends_its_session_and_the_next_one_works(
    kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with hosting(kind, ExitingModel) as host:
        player = await joined(host)
        await player.until(lambda: player.state is SessionState.FAILED)
        assert player.errors[0].error.message == "the port's run() raised SystemExit: 3"
        await (await joined(host)).next_frames(5)


@kinds
async def test_a_step_that_runs_out_of_memory_ends_its_session_and_the_next_one_works(
    kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with hosting(kind, DoomModel) as host:
        player = await joined(host)
        player.send("doom", how="eat")
        await player.until(lambda: player.state is SessionState.FAILED)
        assert player.errors[0].error.code == "session.failed"
        assert "MemoryError: Unable to allocate 1.00 PiB" in player.errors[0].error.message
        await (await joined(host)).next_frames(5)


@kinds
async def test_a_frame_larger_than_declared_ends_its_session_with_the_reason(kind: str) -> None:
    async with hosting(kind, TooLargeModel) as host:
        player = await joined(host)
        await player.until(lambda: player.state is SessionState.FAILED)
        assert player.errors[0].error.code == "output.shape"
        assert "expected a frame of shape (48, 64, 3)" in player.errors[0].error.message
        assert "got (96, 128, 3)" in player.errors[0].error.message


@kinds
async def test_a_model_that_does_not_load_tells_every_player_why(
    kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with hosting(kind, UnloadableModel) as host:
        player = MemoryTransport(host)
        with pytest.raises(SessionError, match=r"raised FileNotFoundError: weights\.safetensors"):
            await player.start()
        assert LoadProgress("download", 0.5) in player.notices
        assert player.errors[0].error.code == "model.load"
        late = MemoryTransport(host)
        assert late.state is SessionState.FAILED


@kinds
async def test_sys_exit_in_load_is_a_model_that_does_not_load(
    kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with hosting(kind, ExitingLoadModel) as host:
        with pytest.raises(SessionError, match="raised SystemExit: no such device"):
            await MemoryTransport(host).start()
