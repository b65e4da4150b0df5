"""Measure what many sessions leave behind on one server.

Run `python -m benchmarks.soak [SESSIONS]` in the root of the repository.

One server in this process plays a small model. Sessions follow each other, over WebRTC and over the
WebSocket by turns; each sends malformed messages and then plays on. Prints as JSON: the number of
sessions, what was added since the first quarter of them (descriptors, threads, tasks, MB of
memory), and how late the event loop was (p99 in ms).
"""

from __future__ import annotations

import asyncio
import gc
import json
import statistics
import sys
import time

import psutil

from lucid.authoring.manifest import Manifest
from lucid.server import wire
from tests.malformed import malformed
from tests.player import playing
from tests.ports import EverythingModel
from tests.servers import RunningServer, serving
from tests.waits import until

TICK_S = 0.01


async def soak(sessions: int) -> dict[str, float]:
    """Play the sessions; return what is measured."""
    late_s: list[float] = []
    async with serving(EverythingModel) as server:
        watch = asyncio.create_task(_watch_loop(late_s))
        for number in range(max(2, sessions // 4)):
            await _play(server, number)
        before = await _held(server)
        for number in range(sessions - sessions // 4):
            await _play(server, number)
        after = await _held(server)
        watch.cancel()
    added = {name: round(after[name] - before[name], 1) for name in before}
    p99_ms = statistics.quantiles(late_s, n=100)[98] * 1000
    return {"sessions": sessions, **added, "loop_late_p99_ms": round(p99_ms, 1)}


async def _play(server: RunningServer, number: int) -> None:
    async with playing(server.url, over_socket=number % 2 == 1) as player:
        manifest = Manifest.model_validate(player.hello["manifest"])
        texts = list(malformed(wire.FROM_PAGE, manifest))
        assert player._socket is not None
        for text in texts[number % 7 :: 7]:
            await player._socket.send(text)
        player.send("forward", pressed=True)
        await player.until_picture(lambda picture: True)
        assert player.state == "running"


async def _held(server: RunningServer) -> dict[str, float]:
    """Return what this process holds once the last session is over."""
    await until(lambda: server.host.idle)
    await asyncio.sleep(0.1)
    gc.collect()
    process = psutil.Process()
    return {
        "descriptors": process.num_fds() if hasattr(process, "num_fds") else 0,
        "threads": process.num_threads(),
        "tasks": len(asyncio.all_tasks()),
        "memory_mb": process.memory_info().rss / 2**20,
    }


async def _watch_loop(late_s: list[float]) -> None:
    while True:
        due_s = time.monotonic() + TICK_S
        await asyncio.sleep(TICK_S)
        late_s.append(max(0.0, time.monotonic() - due_s))


if __name__ == "__main__":
    print(json.dumps(asyncio.run(soak(int(sys.argv[1]) if sys.argv[1:] else 200))))
