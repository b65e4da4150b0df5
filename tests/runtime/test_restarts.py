"""What players receive when their model reloads, with a worker that the test controls."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest_asyncio

from lucid import manifest
from lucid.runtime.host import Host
from lucid.runtime.memory import MemoryTransport
from lucid.runtime.messages import (
    ControlMessage,
    ErrorInfo,
    Loaded,
    LoadFailed,
    Reloading,
    SessionStarted,
    WorkerEvent,
    WorkerLost,
)
from lucid.runtime.script import NO_SCRIPT, Script
from lucid.runtime.session import QueueNotice
from lucid.runtime.states import SessionState as S
from tests.ports import EverythingModel

ERROR = ErrorInfo("model.process", "it died", None)


class ToldWorker:
    """A Worker whose events come from the test."""

    def __init__(self) -> None:
        self.manifest = manifest(EverythingModel)
        self.opened: list[str] = []

    def start(self, on_event: Callable[[WorkerEvent], None]) -> None:
        self._on_event = on_event

    async def tell(self, event: WorkerEvent) -> None:
        self._on_event(event)
        await asyncio.sleep(0)

    def open(self, session_id: str, script: Script = NO_SCRIPT) -> None:
        self.opened.append(session_id)
        self._on_event(SessionStarted(session_id))

    def deliver(self, session_id: str, message: ControlMessage) -> None: ...

    def shown(self, session_id: str) -> None: ...

    def reload(self) -> None: ...

    def close(self, session_id: str) -> None: ...

    async def stop(self) -> None: ...


@pytest_asyncio.fixture
async def worker() -> ToldWorker:
    return ToldWorker()


@pytest_asyncio.fixture
async def host(worker: ToldWorker) -> Host:
    host = Host(worker)
    host.start()
    return host


async def test_a_player_who_connects_during_a_reload_starts_after_it(
    worker: ToldWorker, host: Host
) -> None:
    player = MemoryTransport(host)
    await worker.tell(Loaded())
    await worker.tell(Reloading())
    player.session.start()
    assert worker.opened == []
    await worker.tell(Loaded())
    await player.until(lambda: player.state is S.RUNNING)
    assert worker.opened == [player.session.id]
    assert player.states == [S.LOADING, S.READY, S.LOADING, S.READY, S.RUNNING]


async def test_the_next_player_is_admitted_if_a_player_leaves_during_a_reload(
    worker: ToldWorker, host: Host
) -> None:
    player, waiting = MemoryTransport(host), MemoryTransport(host)
    await worker.tell(Loaded())
    await player.start()
    await worker.tell(Reloading())
    host.end(player.session)
    assert player.state is S.ENDED
    await worker.tell(Loaded())
    assert waiting.states == [S.LOADING, S.READY]


async def test_a_session_that_was_ending_when_the_process_died_is_over(
    worker: ToldWorker, host: Host
) -> None:
    player = MemoryTransport(host)
    await worker.tell(Loaded())
    await player.start()
    host.end(player.session)
    await worker.tell(WorkerLost(ERROR))
    assert player.state is S.ENDED
    assert player.errors == []


async def test_the_queue_waits_until_another_process_has_loaded(
    worker: ToldWorker, host: Host
) -> None:
    player, waiting = MemoryTransport(host), MemoryTransport(host)
    await worker.tell(Loaded())
    await player.start()
    for _ in range(3):
        await worker.tell(WorkerLost(ERROR))
    late = MemoryTransport(host)
    assert player.state is S.FAILED
    assert waiting.notices == [QueueNotice(1)]
    assert late.notices == [QueueNotice(2)]
    await worker.tell(Loaded())
    assert waiting.states == [S.LOADING, S.READY]
    assert late.notices == [QueueNotice(2), QueueNotice(1)]


async def test_waiting_players_get_an_error_if_the_new_process_does_not_load(
    worker: ToldWorker, host: Host
) -> None:
    player, waiting = MemoryTransport(host), MemoryTransport(host)
    await worker.tell(WorkerLost(ERROR))
    await worker.tell(LoadFailed(ERROR))
    assert (player.state, waiting.state) == (S.FAILED, S.FAILED)


async def test_a_player_who_joins_a_port_that_does_not_load_gets_the_error_and_waits(
    worker: ToldWorker, host: Host
) -> None:
    await worker.tell(LoadFailed(ERROR, final=False))
    player = MemoryTransport(host)
    assert [notice.error for notice in player.errors] == [ERROR]
    await worker.tell(Reloading())
    await worker.tell(Loaded())
    assert player.states == [S.LOADING, S.READY]
