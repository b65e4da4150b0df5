"""Hosts on either kind of worker, for tests."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from lucid import LucidModel
from lucid._target import PortLocation
from lucid.runtime.host import Host
from lucid.runtime.memory import MemoryTransport
from lucid.runtime.process_worker import ProcessWorker
from lucid.runtime.thread_worker import ThreadWorker
from lucid.runtime.worker import Worker

ROOT = Path(__file__).resolve().parent.parent.parent


@asynccontextmanager
async def hosting(
    kind: str, port: type[LucidModel[Any]] | PortLocation, **options: Any
) -> AsyncIterator[Host]:
    """Start a host on a worker of this kind; ``options`` are passed to the worker."""
    if kind == "thread":
        assert isinstance(port, type)
        worker: Worker = ThreadWorker(port, **options)
    else:
        if isinstance(port, type):
            port = PortLocation(ROOT, port.__module__, port.__name__)
        worker = await asyncio.to_thread(ProcessWorker, port, **options)
    host = Host(worker)
    host.start()
    try:
        yield host
    finally:
        await host.stop()


async def joined(host: Host) -> MemoryTransport:
    """Join a player and wait until its session runs."""
    player = MemoryTransport(host)
    await player.start()
    return player


def told(player: MemoryTransport) -> list[Any]:
    """Return the inputs that the port's sessions have received, as last published."""
    return list(json.loads(player.messages[-1].payload)["told"]) if player.messages else []


def pid(player: MemoryTransport) -> int:
    """Return the id of the process that runs the port."""
    return int(json.loads(player.messages[-1].payload)["pid"])
