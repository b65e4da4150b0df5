"""The benchmark's world as a Lucid port."""

from __future__ import annotations

import os
import time

from lucid import LucidModel, LucidSession, SessionContext, input, publish
from peers.world import FPS, HEIGHT, WIDTH, World

BURN_MS = float(os.environ.get("BENCH_BURN_MS", "0"))
"""Time per step spent in a Python loop, which holds the GIL."""


class BenchSession(LucidSession["BenchModel"]):
    def __init__(self, model: BenchModel, ctx: SessionContext) -> None:
        super().__init__(model, ctx)
        self.number = 0
        self.world = World()

    @input()
    def show(self, number: int) -> None:
        self.number = number

    async def run(self) -> None:
        while self.ctx.running:
            end_s = time.perf_counter() + BURN_MS / 1000
            while time.perf_counter() < end_s:
                pass
            await self.ctx.publish("main_video", self.world.frame(self.number))


class BenchModel(LucidModel):
    name = "bench"
    session_cls = BenchSession
    max_sessions = 16
    outputs = (publish.video(name="main_video", width=WIDTH, height=HEIGHT, fps=FPS),)
