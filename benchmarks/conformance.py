"""Measure the overhead of the conformance checks: `python benchmarks/conformance.py [repeats N]`.

Without arguments, it prints how many milliseconds the checks add per frame of 1280 x 720, as JSON.
It plays a port that does nothing with and without the checks, in turns, on the same stepped clock,
and compares medians of processor time, so that other load on the machine does not matter. With
`repeats N`, it runs the whole suite N times on the clean port of `tests/conformance`, and prints
the failed checks and the load of the machine.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import statistics
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from lucid import LucidModel, LucidSession, publish
from lucid.conformance.probe import Probe
from lucid.conformance.promise import Outcome
from lucid.conformance.run import Stuck, run_checks
from lucid.conformance.samples import fact_of
from lucid.conformance.stage import Stage, StoppedClock
from lucid.conformance.target import Target
from lucid.runtime.host import Host
from lucid.runtime.memory import MemoryTransport
from lucid.runtime.messages import Frame
from lucid.runtime.stepped_context import SteppedContext
from lucid.runtime.thread_worker import ThreadWorker

ROOT = Path(__file__).resolve().parent.parent
WIDTH, HEIGHT, STEPS, TURNS = 1280, 720, 60, 7


class StillSession(LucidSession["StillModel"]):
    """Publishes two prepared frames in turns."""

    async def run(self) -> None:
        """Publish until the end."""
        frames = np.random.default_rng(1).integers(0, 255, (2, HEIGHT, WIDTH, 3), np.uint8)
        step = 0
        while self.ctx.running:
            step += 1
            await self.ctx.publish("main_video", frames[step % 2])


class StillModel(LucidModel):
    """A port whose step takes no time."""

    name = "still"
    session_cls = StillSession
    outputs = (publish.video(name="main_video", width=WIDTH, height=HEIGHT, fps=60),)


async def watched_ms() -> float:
    """Return the milliseconds per frame with the checks."""
    target = Target(ROOT)
    stage = Stage(Probe(StillModel, target), target, None)
    await stage.load()
    async with stage.playing() as player:
        await player.step(5)
        start_s = time.process_time()
        await player.step(STEPS)
        took_s = time.process_time() - start_s
    await stage.close()
    return took_s / STEPS * 1000


async def plain_ms() -> float:
    """Return the milliseconds per frame on the same clock without the checks."""
    driver = asyncio.get_running_loop()
    parked: asyncio.Queue[Callable[[], object]] = asyncio.Queue()
    """What lets the session go on, once it waits."""

    def make_context(*session: Any) -> SteppedContext:
        context = partial(SteppedContext, clock=StoppedClock())(*session)

        def on_parked(waits: bool) -> None:
            if waits:
                go_on = partial(asyncio.get_running_loop().call_soon_threadsafe, context.advance)
                driver.call_soon_threadsafe(parked.put_nowait, go_on)

        context.on_parked = on_parked
        return context

    host = Host(ThreadWorker(StillModel, make_context=make_context))
    host.start()
    player = MemoryTransport(host)
    await player.start()

    async def step() -> None:
        go_on = await parked.get()
        player.frames.clear()
        go_on()

    for _ in range(5):
        await step()
    start_s = time.process_time()
    for _ in range(STEPS):
        await step()
    took_s = time.process_time() - start_s
    await player.leave()
    await host.stop()
    return took_s / STEPS * 1000


async def overhead() -> dict[str, float]:
    """Return the medians, and the time to examine one frame."""
    watched, plain = [], []
    for _ in range(TURNS):
        watched.append(await watched_ms())
        plain.append(await plain_ms())
    frame = Frame("", "main_video", 0, 0.0, 0, 0.0, np.ones((HEIGHT * 3 // 2, WIDTH), np.uint8))
    fact_of(frame)
    looks = []
    for _ in range(100):
        start_s = time.perf_counter()
        fact_of(frame)
        looks.append((time.perf_counter() - start_s) * 1000)
    added = statistics.median(watched) - statistics.median(plain)
    return {
        "watched_ms_a_frame": round(statistics.median(watched), 3),
        "plain_ms_a_frame": round(statistics.median(plain), 3),
        "added_ms_a_frame": round(added, 3),
        "look_ms": round(statistics.median(looks), 3),
        "load": round(os.getloadavg()[0], 1),
    }


async def repeat(count: int) -> dict[str, Any]:
    """Run the suite ``count`` times; return the failures."""
    sys.path.insert(0, str(ROOT))
    from tests.conformance.ports import CleanModel

    logging.getLogger("lucid").setLevel(logging.CRITICAL)
    failed: list[str] = []
    loads: list[float] = []
    checks = 0
    for turn in range(count):
        async for result in run_checks(CleanModel, Target(ROOT)):
            if isinstance(result, Stuck):
                failed.append(f"run {turn}: {result.id} {result.detail}")
                break
            checks += result.outcome is Outcome.PASSED
            if result.outcome in (Outcome.FAILED, Outcome.BLOCKED):
                failed.append(f"run {turn}: {result.title} {result.measured}; {result.detail}")
        loads.append(os.getloadavg()[0])
    return {
        "runs": count,
        "checks_passed": checks,
        "failed": failed,
        "processors": os.cpu_count(),
        "load": {"least": min(loads), "most": max(loads)},
    }


def main() -> None:
    """Print the figures."""
    if sys.argv[1:2] == ["repeats"]:
        results: dict[str, Any] = asyncio.run(repeat(int(sys.argv[2])))
    else:
        results = asyncio.run(overhead())
    print(json.dumps(results, indent=2))


if __name__ == "__main__":
    main()
