"""Handlers and close() may await. If one never returns, its session ends and others can play."""

from __future__ import annotations

import json
from collections.abc import Callable

import numpy as np
import pytest

from lucid.errors import SessionError
from lucid.media.i420 import PixelWriter, to_rgb
from lucid.runtime.memory import MemoryTransport
from lucid.runtime.messages import Pause, Resume
from lucid.runtime.port_calls import Limits
from lucid.runtime.states import SessionState
from tests.ports import CancellingModel, StuckModel
from tests.runtime.workers import hosting, joined, pid

SHORT = Limits(handler_s=0.5, close_s=0.5, releases_s=0.25)
kinds = pytest.mark.parametrize("kind", ["thread", "process"])


async def failed(player: MemoryTransport) -> tuple[str, str]:
    """Return the code and message of the error that ended the player's session."""
    await player.until(lambda: player.state is SessionState.FAILED)
    error = player.errors[-1].error
    return error.code, error.message


@kinds
async def test_a_handler_may_publish_and_wait_even_while_the_session_is_paused(kind: str) -> None:
    async with hosting(kind, StuckModel) as host:
        player = await joined(host)
        await player.frame_after(player.send("show", grey=200))
        player.control(Pause())
        await player.until(lambda: player.state is SessionState.PAUSED)
        player.send("show", grey=90)
        await player.until(lambda: json.loads(player.messages[-1].payload)["told"] == ["shown", 90])
        await player.until(lambda: abs(to_rgb(player.frames[-1].i420).mean() - 90) < 3)
        player.control(Resume())
        await player.next_frames(2)
        assert player.errors == []
        await player.leave()
        assert player.state is SessionState.ENDED


@kinds
async def test_a_call_that_never_returns_ends_its_session_and_no_other_one(
    kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with hosting(kind, StuckModel, limits=SHORT) as host:
        bystander = await joined(host)

        player = await joined(host)
        player.send("stick", how="await")
        assert await failed(player) == ("session.timeout", "input 'stick' took more than 0.5 s")

        player = await joined(host)  # a CancelledError that the port raises cancels nothing
        seq = player.send("stick", how="cancel")
        await player.frame_after(seq)
        await player.next_frames(2)
        assert [(e.error.code, e.seq) for e in player.errors] == [("input.failed", seq)]
        await player.frame_after(player.send("stick_at_close", how="cancel"))
        host.end(player.session)
        assert (await failed(player))[0] == "session.failed"

        player = await joined(host)
        await player.frame_after(player.send("stick_at_close", how="await"))
        host.end(player.session)
        assert await failed(player) == ("session.timeout", "close() took more than 0.5 s")

        player = await joined(host)
        await player.frame_after(player.send("cling", pressed=True))
        host.end(player.session)
        code, message = await failed(player)  # of the handler, or of all releases
        assert code == "session.timeout"
        assert message.endswith("took more than 0.25 s")

        await (await joined(host)).next_frames(2)
        await bystander.next_frames(2)
        assert bystander.errors == []


@pytest.mark.parametrize(
    ("where", "how", "name"), [("stick", "block", "input 'stick'"), ("close", "go on", "close()")]
)
async def test_a_process_whose_port_cannot_be_ended_is_replaced(
    where: str, how: str, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with hosting("process", StuckModel, limits=SHORT) as host:
        player, bystander = await joined(host), await joined(host)
        await bystander.until(lambda: bool(bystander.messages))
        if where == "close":
            player.send("stick_at_close", how=how)
            host.end(player.session)
        else:
            player.send("stick", how=how)
        code, message = await failed(bystander)
        assert code == "model.process"
        assert message.startswith(f"the model process hung: {name} took more than 0.5 s")
        assert player.state.over
        late = await joined(host)
        await late.until(lambda: bool(late.messages))
        assert pid(late) != pid(bystander)


@pytest.mark.parametrize("how", ["block", "go on"])
async def test_players_of_a_thread_whose_port_cannot_be_ended_get_an_error(
    how: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with hosting("thread", StuckModel, limits=SHORT) as host:
        player, other = await joined(host), await joined(host)
        waiting = MemoryTransport(host)
        player.send("stick", how=how)
        for each in (player, other, waiting):
            assert (await failed(each))[0] == "model.process"
            assert "lucid serve" in str(each.errors[-1].error.hint)
        with pytest.raises(SessionError, match="took more than"):
            await MemoryTransport(host).start()


@pytest.mark.parametrize("where", ["load", "run"])
async def test_a_cancelled_error_of_the_port_is_told_to_the_player(
    where: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(CancellingModel, "where", where)
    async with hosting("thread", CancellingModel) as host:
        player = MemoryTransport(host)
        await player.until(lambda: player.state is not SessionState.LOADING)
        if where == "run":
            await player.start()
        _, message = await failed(player)
        assert message.endswith(f"{where}() raised RuntimeError: it raised CancelledError")


@pytest.mark.parametrize("where", ["load", "run"])
async def test_too_little_gpu_memory_is_told_with_the_settings_that_save_it(
    where: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(CancellingModel, "where", where)
    error = RuntimeError("CUDA out of memory. Tried to allocate 2.00 GiB")
    monkeypatch.setattr(CancellingModel, "error", error)
    async with hosting("thread", CancellingModel) as host:
        player = MemoryTransport(host)
        await player.until(lambda: player.state is not SessionState.LOADING)
        if where == "run":
            await player.start()
        await failed(player)
        assert "--set precision=fp8 --set offload=yes" in (player.errors[-1].error.hint or "")


async def test_a_frame_that_does_not_arrive_from_the_gpu_ends_its_session(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def write(self: PixelWriter, frame: object, pixels: np.ndarray) -> Callable[[], None]:
        def arrived() -> None:
            raise RuntimeError("CUDA error: an illegal memory access was encountered")

        return arrived

    monkeypatch.setattr(PixelWriter, "write", write)  # as for a frame of a GPU
    async with hosting("thread", StuckModel) as host:
        code, message = await failed(await joined(host))
    said = "a frame could not be copied from the GPU: RuntimeError: CUDA error: an illegal"
    assert (code, message[: len(said)]) == ("session.failed", said)
