"""Measure how a port's step affects the server: `python benchmarks/worker.py [SECONDS [REPEATS]]`.

Plays 640x360 at 30 fps on both workers, once with a step that sleeps and once with a step that uses
a core in a Python loop, interleaved. Prints medians over the repeats as JSON: the interval between
two frames at the viewer (p50, p95), the delay of the server's event loop (p99), the time from
publish to the server's event loop (p50, p95), the CPU use of the server process (with the
model, on the thread worker), and how much a busy step changes the interval.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import sys
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import numpy as np
import psutil

from lucid import LucidModel, LucidSession, publish
from lucid._target import PortLocation
from lucid.runtime.host import Host
from lucid.runtime.memory import MemoryTransport
from lucid.runtime.messages import Frame, WorkerEvent
from lucid.runtime.process_worker import ProcessWorker
from lucid.runtime.thread_worker import ThreadWorker
from lucid.runtime.worker import Worker

WIDTH, HEIGHT, FPS = 640, 360, 30
STEP_S = 0.02
TICK_S = 0.005


class Session(LucidSession["SleepingModel"]):
    """Steps for 20 ms, and publishes the time of each frame."""

    async def run(self) -> None:
        """Step and publish until the end."""
        frames = np.random.default_rng(0).integers(0, 256, (8, HEIGHT, WIDTH, 3), np.uint8)
        index = 0
        while self.ctx.running:
            self.model.step()
            published_s = time.monotonic()
            await self.ctx.publish("main_video", frames[index % 8])
            await self.ctx.publish("published", [index, published_s])
            index += 1


class SleepingModel(LucidModel):
    """Sleeps in its step, as a model does that waits for a GPU."""

    name = "sleeping"
    session_cls = Session
    outputs = (
        publish.video(name="main_video", width=WIDTH, height=HEIGHT, fps=FPS),
        publish.json(name="published"),
    )

    def step(self) -> None:
        """Sleep."""
        time.sleep(STEP_S)


class BurningModel(SleepingModel):
    """Uses a core and holds the interpreter lock in its step."""

    name = "burning"

    def step(self) -> None:
        """Count for ``STEP_S``."""
        end_s = time.monotonic() + STEP_S
        count = 0
        while time.monotonic() < end_s:
            count += 1


class Stamped:
    """Records when each frame reaches the server's event loop."""

    def __init__(self, worker: Worker) -> None:
        self.arrived_s: dict[int, float] = {}
        self._start = worker.start
        worker.start = self.start  # type: ignore[method-assign]

    def start(self, on_event: Callable[[WorkerEvent], None]) -> None:
        """Start the worker, and handle its events before the host."""
        loop = asyncio.get_running_loop()

        def stamp(index: int) -> None:
            self.arrived_s[index] = time.monotonic()

        def see(event: WorkerEvent) -> None:
            if isinstance(event, Frame):
                loop.call_soon_threadsafe(stamp, event.index)
            on_event(event)

        self._start(see)


def make(kind: str, model_cls: type[SleepingModel]) -> Worker:
    """Return a thread or process worker."""
    if kind == "thread":
        return ThreadWorker(model_cls)
    here = Path(__file__).resolve()
    return ProcessWorker(PortLocation(here.parent, here.stem, model_cls.__name__))


async def lateness(late_s: list[float]) -> None:
    """Record how late the event loop wakes up."""
    while True:
        due_s = time.monotonic() + TICK_S
        await asyncio.sleep(TICK_S)
        late_s.append(time.monotonic() - due_s)


async def play(kind: str, model_cls: type[SleepingModel], seconds: float) -> dict[str, float]:
    """Play for some seconds; return the figures in milliseconds."""
    worker = await asyncio.to_thread(make, kind, model_cls)
    stamped = Stamped(worker)
    host = Host(worker)
    host.start()
    shown_s: list[float] = []
    late_s: list[float] = []
    player = MemoryTransport(host)
    await player.start(60)
    await player.next_frames(FPS, 60)
    keep = player.frame

    def show(frame: Frame) -> None:
        shown_s.append(time.monotonic())
        keep(frame)

    player.frame = show  # type: ignore[method-assign]
    ticking = asyncio.create_task(lateness(late_s))
    cpu_s = sum(psutil.Process().cpu_times()[:2])
    await asyncio.sleep(seconds)
    cpu_s = sum(psutil.Process().cpu_times()[:2]) - cpu_s
    ticking.cancel()
    await host.stop()
    marks = [json.loads(message.payload) for message in player.messages]
    handed_s = [stamped.arrived_s[i] - t for i, t in marks[FPS:] if i in stamped.arrived_s]
    intervals_s = [b - a for a, b in pairwise(shown_s)]
    results = {
        "interval_p50_ms": np.percentile(intervals_s, 50),
        "interval_p95_ms": np.percentile(intervals_s, 95),
        "loop_late_p99_ms": np.percentile(late_s, 99),
        "publish_to_server_p50_ms": np.percentile(handed_s, 50),
        "publish_to_server_p95_ms": np.percentile(handed_s, 95),
    }
    spent = {"server_cpu_percent": 100 * cpu_s / seconds}
    return spent | {name: float(value) * 1000 for name, value in results.items()}


def main() -> None:
    """Print the figures."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 10
    repeats = int(sys.argv[2]) if len(sys.argv) > 2 else 3
    cases = [(k, m) for k in ("thread", "process") for m in (SleepingModel, BurningModel)]
    results: dict[str, list[dict[str, float]]] = {f"{k}, {m.name}": [] for k, m in cases}
    for _ in range(repeats):
        for kind, model_cls in cases:
            results[f"{kind}, {model_cls.name}"].append(asyncio.run(play(kind, model_cls, seconds)))
    medians = {
        case: {name: round(statistics.median(run[name] for run in runs), 2) for name in runs[0]}
        for case, runs in results.items()
    }
    for kind in ("thread", "process"):
        quiet, burnt = medians[f"{kind}, sleeping"], medians[f"{kind}, burning"]
        change = burnt["interval_p95_ms"] / quiet["interval_p95_ms"] - 1
        burnt["interval_p95_change_percent"] = round(100 * change, 1)
    print(json.dumps(medians, indent=2))


if __name__ == "__main__":
    main()
