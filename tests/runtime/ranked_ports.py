"""Models on two ranks, for tests."""

from __future__ import annotations

import os
import time
from typing import Any

import numpy as np

from lucid import LoadContext, LucidModel, LucidSession, SessionContext, input, publish


class Engine:
    """Fails in the way that the player chooses."""

    def __init__(self) -> None:
        self.rank = int(os.environ["RANK"])
        self.calls = 0

    def step(self, what: str) -> dict[str, Any]:
        self.calls += 1
        if what in ("raise", f"raise on {self.rank}"):
            raise RuntimeError(what)
        if what == f"hang on {self.rank}":
            time.sleep(600)
        return {"calls": self.calls, "pid": os.getpid()}


class Summing(Engine):
    """Adds up what each rank computes, with torch's collective operations."""

    def __init__(self) -> None:
        import torch.distributed as dist

        super().__init__()
        dist.init_process_group("gloo")
        self.step("warm up")

    def step(self, what: str) -> dict[str, Any]:
        import torch
        import torch.distributed as dist

        answer = super().step(what)
        total = torch.tensor([len(what) * 10**self.rank])
        dist.all_reduce(total)
        pids: list[int] = [0] * dist.get_world_size()
        dist.all_gather_object(pids, os.getpid())
        return {**answer, "total": int(total), "pids": pids}


class RankedSession(LucidSession["RankedModel"]):
    """Publishes what the engine returns for the last word that the player sent."""

    def __init__(self, model: RankedModel, ctx: SessionContext) -> None:
        super().__init__(model, ctx)
        self.what = "play"

    @input(description="What to do in the next step")
    def do(self, what: str) -> None:
        self.what = what

    async def run(self) -> None:
        while self.ctx.running:
            await self.ctx.publish("answer", self.model.engine.step(self.what))
            await self.ctx.publish("view", np.zeros((16, 16, 3), np.uint8))


class RankedModel(LucidModel):
    name = "ranked"
    session_cls = RankedSession
    outputs = (publish.json(name="answer"), publish.video(name="view", width=16, height=16))
    devices = 2
    engine_cls: type[Engine] = Engine
    engine: Engine

    def load(self, ctx: LoadContext) -> None:
        self.engine = ctx.lockstep(self.engine_cls())


class SummingModel(RankedModel):
    engine_cls = Summing


class BrokenModel(RankedModel):
    def load(self, ctx: LoadContext) -> None:
        if os.environ["RANK"] == "1":
            raise MemoryError("cuda:1")
        time.sleep(600)  # as if it waited for the other rank
