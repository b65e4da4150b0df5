"""A port whose frames show every input, when it came, and every random number."""

from __future__ import annotations

import hashlib
import json
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
        self.past = b""
        self.dx = 0.0
        self.steps = 0

    def note(self, *what: object) -> None:
        now = repr((self.past, self.dx, random.random(), float(np.random.rand()), *what))
        self.past = hashlib.sha256(now.encode()).digest()

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
        while self.ctx.running:
            self.note(self.steps)
            self.model.step()
            await self.ctx.publish("before", self.steps)
            self.note("between")
            seed = int.from_bytes(self.past[:8], "big")
            shape = (2, SIDE, SIDE, 3)
            await self.ctx.publish(
                "main_video", np.random.default_rng(seed).integers(0, 256, shape, np.uint8)
            )
            await self.ctx.publish("after", {"step": self.steps})
            self.steps += 1


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


class SavingSession(WalkSession):
    """Declares snapshots, so that a player who goes back is there at once."""

    def snapshot(self) -> bytes:
        return json.dumps([self.past.hex(), self.dx, self.steps]).encode()

    def restore(self, snapshot: bytes) -> None:
        past, self.dx, self.steps = json.loads(snapshot)
        self.past = bytes.fromhex(past)


class SavingModel(WalkModel):
    session_cls = SavingSession


class UnableSession(SavingSession):
    """Its snapshots cannot be restored."""

    def restore(self, snapshot: bytes) -> None:
        self.dx = 1e9
        raise ValueError("it is too long ago")


class UnableModel(WalkModel):
    session_cls = UnableSession


class RaisingSession(SavingSession):
    """Its second snapshot raises."""

    def snapshot(self) -> bytes:
        if self.steps > 50:
            raise RuntimeError("no memory")
        return super().snapshot()


class RaisingModel(WalkModel):
    session_cls = RaisingSession
