"""A tiny port: a dot that walks to the right, and ends the session at the wall."""

from __future__ import annotations

import os

import numpy as np

from lucid import LucidModel, LucidSession, SessionContext, hold, input, publish

WALL = 9


class DotSession(LucidSession["DotModel"]):
    def __init__(self, model: DotModel, ctx: SessionContext) -> None:
        super().__init__(model, ctx)
        self.place, self.walks = 0, False

    @input(binding=hold(keys=("KeyD",)))
    def right(self, pressed: bool) -> None:
        self.walks = pressed

    @input(paused=True)
    def start(self, seed: int = 0) -> None:
        self.place = seed % WALL

    async def run(self) -> None:
        while self.place < WALL:
            self.place += self.walks
            frame = np.zeros((16, 16, 3), np.uint8)
            frame[:, self.place] = 255
            await self.ctx.publish("place", self.place)
            await self.ctx.publish("process", os.getpid())
            await self.ctx.publish("main_video", frame)


class DotModel(LucidModel):
    name = "dots"
    max_sessions = 2
    session_cls = DotSession
    outputs = (
        publish.video(name="main_video", width=16, height=16),
        publish.json(name="place"),
        publish.json(name="process"),
    )
