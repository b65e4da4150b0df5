"""The process worker: a model in its own process can neither block nor kill the server."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import queue
import re
import resource
import signal
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import pytest

from lucid._target import PortLocation
from lucid.errors import SessionError
from lucid.runtime import process_worker
from lucid.runtime.memory import MemoryTransport
from lucid.runtime.messages import (
    Input,
    InputRefused,
    Loaded,
    LoadProgress,
    SessionStarted,
    WorkerEvent,
    WorkerLost,
)
from lucid.runtime.process_worker import ProcessWorker
from lucid.runtime.session import QueueNotice
from lucid.runtime.states import SessionState
from tests.ports import (
    DaemonModel,
    DoomModel,
    EverythingModel,
    GilModel,
    LoudModel,
    OnceExitingModel,
    TellingModel,
)
from tests.runtime.workers import ROOT, hosting, joined, pid, told
from tests.waits import LIMIT_S

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals and resource limits")


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ("kill", "the model process was killed by SIGKILL while it played"),
        ("exit", "the model process exited with code 7 while it played"),
        ("crash", "the model process was killed by SIGSEGV while it played"),
        ("freeze", "the model process hung: it sent nothing for 3 s"),
        ("hold the GIL", "the model process hung: it sent nothing for 3 s"),
        ("spin", "the model process hung: a step took more than 1 s"),
    ],
)
async def test_a_process_that_dies_or_hangs_ends_its_sessions_and_another_one_plays(
    how: str, said: str, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    async with hosting("process", DoomModel, silence_s=3.0, step_limit_s=1.0) as host:
        player = await joined(host)
        waiting = MemoryTransport(host)
        await player.until(lambda: bool(player.messages))
        first = pid(player)
        player.send("doom", how=how)
        await player.until(lambda: player.state is SessionState.FAILED)
        error = player.errors[0].error
        assert (error.code, error.message) == ("model.process", said)
        assert said in caplog.text
        assert waiting.notices == [QueueNotice(1)]  # it keeps its place in the queue
        await waiting.until(lambda: waiting.state is SessionState.READY, 30)
        await waiting.start()
        await waiting.until(lambda: bool(waiting.messages))
        assert pid(waiting) != first
        assert not psutil.pid_exists(first)
    if how == "crash":
        assert "Fatal Python error: Segmentation fault" in capfd.readouterr().err


async def test_a_later_step_has_a_short_limit_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process_worker, "LATER_STEP_LIMIT_S", 1.5)
    async with hosting("process", DoomModel, silence_s=30) as host:
        player = await joined(host)
        await player.until(lambda: len(player.messages) > 3)
        player.send("doom", how="spin")
        await player.until(lambda: player.state is SessionState.FAILED)
        assert (
            "the model process hung: a step took more than 1.5 s" in player.errors[0].error.message
        )


async def test_inputs_for_a_process_that_reads_nothing_are_refused_and_block_nothing(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with hosting("process", DoomModel, silence_s=3.0) as host:
        player = await joined(host)
        player.send("doom", how="freeze")
        for number in range(5_000):
            player.send("set_prompt", prompt=f"a forest {number}")
            await asyncio.sleep(0)
        assert {notice.error.code for notice in player.errors} == {"input.queue_full"}
        await player.until(lambda: player.state is SessionState.FAILED)


async def test_a_release_reaches_a_process_that_was_suspended(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with hosting("process", TellingModel) as host:
        player = await joined(host)
        player.send("forward", pressed=True)
        await player.until(lambda: ["forward", True] in told(player))
        os.kill(pid(player), signal.SIGSTOP)
        for number in range(5_000):
            player.send("set_prompt", prompt=f"a forest {number}")
            player.send("lean", value=1.0)
            await asyncio.sleep(0)
        for _ in range(1_000):
            player.send("lean", value=0)
            player.send("forward", pressed=False)
        assert {notice.error.code for notice in player.errors} == {"input.queue_full"}
        os.kill(pid(player), signal.SIGCONT)
        await player.until(lambda: ["forward", False] in told(player))
        await player.until(lambda: [one for one in told(player) if one[0] == "lean"][-1][1] == 0)


def deep(levels: int) -> list[Any]:
    value: list[Any] = []
    for _ in range(levels):
        value = [value]
    return value


@pytest.mark.parametrize("value", [deep(100_000), lambda: None, threading.Lock()])
async def test_an_input_that_cannot_be_sent_is_refused_alone(
    value: object, caplog: pytest.LogCaptureFixture
) -> None:
    async with hosting("process", TellingModel) as host:
        player = await joined(host)
        host.worker.deliver(player.session.id, Input(7, "set_prompt", {"prompt": value}))
        await player.until(lambda: bool(player.errors))
        assert player.errors[0].seq == 7
        assert "the input cannot be sent to the model" in player.errors[0].error.message
        await player.frame_after(player.send("forward", pressed=True))
        assert player.state is SessionState.RUNNING


async def test_a_call_that_fails_in_the_process_is_logged_and_the_session_goes_on(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with hosting("process", TellingModel) as host:
        player = await joined(host)
        host.worker.shown(["no id"])  # type: ignore[arg-type]  # an error that no check prevents
        await player.frame_after(player.send("forward", pressed=True))
        await player.until(lambda: "a call from the server failed" in caplog.text)
        assert player.state is SessionState.RUNNING


async def test_players_get_an_error_if_the_models_thread_ends_and_another_process_plays(
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    async with hosting("process", DoomModel) as host:
        player = await joined(host)
        waiting = MemoryTransport(host)
        player.send("doom", how="end the thread")
        await player.until(lambda: player.state is SessionState.FAILED)
        assert player.errors[0].error.message == "the model's thread has ended"
        await waiting.until(lambda: waiting.state is SessionState.FAILED)
        assert waiting.errors[0].error.code == "model.process"
        assert "exited with code 1" in waiting.errors[0].error.message
        await (await joined(host)).next_frames(2)


@pytest.mark.parametrize("kind", [SessionStarted, InputRefused])
def test_a_thread_of_the_server_that_fails_starts_the_process_again(
    kind: type, caplog: pytest.LogCaptureFixture
) -> None:
    """The reader fails on SessionStarted, the writer on an input."""
    events: queue.Queue[WorkerEvent] = queue.Queue()
    failed = threading.Event()

    def on_event(event: WorkerEvent) -> None:
        if isinstance(event, kind) and not failed.is_set():
            failed.set()
            raise RuntimeError("a fault of the server")
        events.put(event)

    def until(kind: type) -> Any:
        while not isinstance(event := events.get(timeout=60), kind):
            pass
        return event

    location = PortLocation(ROOT, TellingModel.__module__, TellingModel.__name__)
    with ProcessWorker(location) as worker:
        worker.start(on_event)
        until(Loaded)
        worker.open("s")
        worker.deliver("s", Input(1, "set_prompt", {"prompt": lambda: None}))
        error = until(WorkerLost).error
        assert error.code == "model.process"
        assert "RuntimeError: a fault of the server" in error.message
        until(Loaded)


async def test_an_exit_in_load_is_reported_and_the_model_loads_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("LUCID_TEST_MARKER", str(tmp_path / "marker"))
    async with hosting("process", OnceExitingModel) as host:
        player = MemoryTransport(host)
        with pytest.raises(SessionError, match="exited with code 7 while it loaded"):
            await player.start()
        assert LoadProgress("weights", 0.5) in player.notices
        await (await joined(host)).next_frames(2)


async def test_a_lack_of_memory_is_reported_and_loading_is_tried_again(
    caplog: pytest.LogCaptureFixture,
) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1024, hard))
    try:
        async with hosting("process", EverythingModel) as host:
            player = MemoryTransport(host)
            with pytest.raises(SessionError, match="no memory for 0 MB of frames: "):
                await player.start()
            assert player.errors[0].error.code == "machine"
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
            await (await joined(host)).next_frames(2)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


async def test_a_port_that_prints_megabytes_plays_on_and_its_children_end_with_it(
    capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    async with hosting("process", LoudModel) as host:
        player = await joined(host)
        await player.next_frames(20)
        children = psutil.Process(pid(player)).children()
    assert len(children) == 1
    assert psutil.wait_procs(children, timeout=LIMIT_S)[1] == []
    printed = capfd.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("a line of the port\n")
    assert "characters of the port's output were dropped]" in printed.err
    assert len(printed.err) < 2_000_000
    messages = [record.message for record in caplog.records]
    assert "message 0" in messages
    assert len(messages) < 4_000


async def test_a_daemon_of_the_port_does_not_delay_the_next_process(
    caplog: pytest.LogCaptureFixture,
) -> None:
    daemons: list[psutil.Process] = []
    try:
        async with hosting("process", DaemonModel) as host:
            for _ in range(2):
                player = await joined(host)
                await player.until(lambda player=player: bool(player.messages))  # type: ignore[misc]
                daemons.append(psutil.Process(told(player)[0]))
                psutil.Process(pid(player)).kill()
                await player.until(lambda player=player: player.state.over)  # type: ignore[misc]
        assert [daemon.is_running() for daemon in daemons] == [True, True]
    finally:
        for daemon in daemons:
            daemon.kill()


async def test_a_step_that_holds_the_gil_does_not_block_the_server() -> None:
    async with hosting("process", GilModel) as host:
        player = await joined(host)
        turns: list[int] = []  # turns of the server's loop during each step
        for _ in range(4):
            turns.append(0)
            next_frame = asyncio.ensure_future(player.next_frames(1))
            while not next_frame.done():
                await asyncio.sleep(0.01)
                turns[-1] += 1
        assert min(turns[1:]) > 3


async def test_a_worker_that_is_stopped_leaves_no_thread_and_no_process() -> None:
    async def play_once() -> tuple[int, int]:
        async with hosting("process", TellingModel) as host:
            player = await joined(host)
            await player.next_frames(2)
        assert player.state is SessionState.ENDED
        del host, player
        gc.collect()  # frames keep their memory mapped
        assert psutil.Process().children() == []
        own = [t for t in threading.enumerate() if not t.name.startswith("asyncio_")]  # its pool
        return len(own), psutil.Process().num_fds()

    threads, descriptors = await play_once()
    now = await play_once()
    assert now[0] <= threads
    assert now[1] <= descriptors


def shared_memory(pid: int) -> set[str]:
    """Return the names of the frame memory that a process has mapped."""
    with suppress(OSError):
        return set(re.findall(r"memfd:(lucid-\w+)", Path(f"/proc/{pid}/maps").read_text()))
    return set()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells which memory is mapped")
@pytest.mark.parametrize(("port", "doom"), [("LoudModel", ""), ("DoomModel", "hold the GIL")])
async def test_a_server_that_is_killed_leaves_no_process_and_no_memory(
    port: str, doom: str
) -> None:
    serving = f"""
import asyncio, sys
sys.path[:] = {sys.path!r}
from tests import ports
from tests.runtime.workers import hosting, joined, pid

async def main():
    async with hosting("process", ports.{port}) as host:
        player = await joined(host)
        await player.next_frames(2)
        if {doom!r}:
            player.send("doom", how={doom!r})
            await asyncio.sleep(0.5)
        print(pid(player), flush=True)
        await asyncio.sleep(60)

asyncio.run(main())
"""
    server = await asyncio.create_subprocess_exec(
        sys.executable, "-c", serving, stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    assert server.stdout is not None
    model = psutil.Process(int(await server.stdout.readline()))
    family = [model, *model.children(recursive=True)]
    memory = shared_memory(model.pid)
    assert memory == shared_memory(server.pid) != set()
    server.send_signal(signal.SIGKILL)
    await server.wait()
    assert len(family) == (1 if doom else 2)
    assert psutil.wait_procs(family, timeout=LIMIT_S)[1] == []
    assert not any(memory & shared_memory(pid) for pid in psutil.pids())
