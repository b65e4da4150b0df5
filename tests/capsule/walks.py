"""A port whose frames show every input, when it came, and every random number."""

from __future__ import annotations

import hashlib
import random
import time

import numpy as np

from lucid import (
    InputFile,
    InvalidInputError,
    LucidModel,
    LucidSession,
    SessionContext,
    hold,
    image_input,
    input,
    pointer,
    publish,
)

SIDE = 16


class WalkSession(LucidSession["WalkModel"]):
    """Its frames are noise that depends on all that has happened."""

    def __init__(self, model: WalkModel, ctx: SessionContext) -> None:
        super().__init__(model, ctx)
        self.past = hashlib.sha256()
        self.dx = 0.0

    def note(self, *what: object) -> None:
        self.past.update(repr((self.dx, random.random(), float(np.random.rand()), *what)).encode())

    @input(binding=hold(keys=("KeyW",)))
    def forward(self, pressed: bool) -> None:
        self.note("forward", pressed)

    @input(binding=pointer())
    def look(self, dx: float, dy: float) -> None:
        self.dx = self.dx * 0.9 + dx - dy
        self.note("look")

    @input()
    def set_prompt(self, prompt: str) -> None:
        if not prompt:
            raise InvalidInputError("set_prompt", ["it is empty"])
        self.note(prompt)

    @input(paused=True)
    def set_seed_frame(self, image: InputFile = image_input()) -> None:
        self.note(image.rgb().tobytes())

    async def run(self) -> None:
        step = 0
        while self.ctx.running:
            self.note(step)
            self.model.step()
            await self.ctx.publish("before", step)
            self.note("between")
            seed = int.from_bytes(self.past.digest()[:8], "big")
            shape = (2, SIDE, SIDE, 3)
            await self.ctx.publish(
                "main_video", np.random.default_rng(seed).integers(0, 256, shape, np.uint8)
            )
            await self.ctx.publish("after", {"step": step})
            step += 1


class WalkModel(LucidModel):
    """A model whose step takes a while, so that inputs come meanwhile."""

    name = "walk"
    session_cls = WalkSession
    outputs = (
        publish.video(name="main_video", width=SIDE, height=SIDE, fps=60),
        publish.json(name="before"),
        publish.json(name="after"),
    )

    def step(self) -> None:
        time.sleep(0.005)
