"""A port with a little of everything, and right: what the mutants break one thing at a time."""

from __future__ import annotations

import json

COMMIT = "c0735f86ba7453dfcb5aaea660f32d1b86dc4a98"

PYPROJECT = """\
[project]
name = "world"
dependencies = ["lucid-runtime[serve]"]

[project.optional-dependencies]
engine = ["torch>=2.6"]

[tool.lucid]
port = "world.port:WorldModel"
"""
LOCK = json.dumps(
    {
        "family": "waypoint",
        "source": {"repo": "org/world", "commit": COMMIT},
        "upstream": {"url": "https://github.com/org/code", "commit": COMMIT[::-1]},
        "answers": {
            "inputs": ["keyboard", "mouse", "prompt"],
            "context_steps": 512,
            "fps": 30,
        },
    }
)
PORT = '''\
"""How the world is played."""

import random
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from lucid import (
    CameraFrame,
    InputFile,
    LoadContext,
    LucidModel,
    LucidSession,
    SessionContext,
    axis,
    camera_input,
    hold,
    image_input,
    input,
    pointer,
    press,
    publish,
    wheel,
)

from .engine import HEIGHT, WIDTH, Engine, Key, mouse_velocity

FPS = 30


class WorldSession(LucidSession["WorldModel"]):
    def __init__(self, model: "WorldModel", ctx: SessionContext) -> None:
        super().__init__(model, ctx)
        self.held: set[Key] = set()
        self.tilt = 0.0
        self.dx_px = self.dy_px = 0.0
        self.notches = 0.0
        self.seen: CameraFrame | None = None
        self.steps = 4
        self.rng = random.Random(0)
        self.log = open("moves.txt", "a")

    @input(description="Walk", binding=hold(keys=("KeyW", "ArrowUp")))
    def forward(self, pressed: bool) -> None:
        self._hold(Key.FORWARD, pressed)

    @input(description="Crouch", binding=hold(keys=("KeyC",)))
    def crouch(self, pressed: bool) -> None:
        self._hold(Key.CROUCH, pressed)

    @input(description="Jump", binding=press(keys=("Space",)))
    def jump(self) -> None:
        self.held.add(Key.JUMP)

    @input(description="Lean", binding=axis(positive_keys=("KeyE",), negative_keys=("KeyQ",)))
    def lean(self, value: float) -> None:
        self.tilt = value

    @input(description="Look", binding=pointer())
    def look(self, dx: float, dy: float) -> None:
        self.dx_px += dx
        self.dy_px += dy

    @input(description="Zoom", binding=wheel())
    def zoom(self, delta: float) -> None:
        self.notches += delta

    @input(description="Words", paused=True)
    def set_words(self, words: str) -> None:
        self.model.engine.words = words

    @input(description="A picture to start from", paused=True)
    def set_seed_frame(self, image: InputFile = image_input(size=(WIDTH, HEIGHT))) -> None:
        self.model.engine.reset(image.rgb(size=(WIDTH, HEIGHT)))

    @input(description="Camera")
    def see(self, frame: CameraFrame | None = camera_input(size=(WIDTH, HEIGHT))) -> None:
        self.seen = frame

    @input(description="Finer or faster")
    def set_steps(
        self,
        steps: Annotated[int, Field(ge=1, le=8)] = 4,
        mode: Literal["fine", "fast"] = "fine",
    ) -> None:
        self.steps = steps if mode == "fine" else 1

    def snapshot(self) -> bytes:
        return bytes([self.steps])

    def restore(self, snapshot: bytes) -> None:
        self.steps = snapshot[0]

    async def run(self) -> None:
        while self.ctx.running:
            await self.ctx.wait_if_paused()
            try:
                frame = self.model.engine.step(self.take_action(), self.steps)
                await self.ctx.publish("main_video", frame)
            except ValueError:
                self.ctx.logger.warning("a bad step")
            await self.ctx.publish("score", {"tilt": self.tilt})
            self.log.write("step")

    def take_action(self) -> dict[str, object]:
        action = {
            "held": frozenset(self.held),
            "ctrl": dict(mouse=mouse_velocity(self.dx_px, self.dy_px)),
            "zoom": self.notches,
            "picture": self.seen,
        }
        self.dx_px = self.dy_px = 0.0
        self.notches = 0.0
        self.held.discard(Key.JUMP)
        return action

    def close(self) -> None:
        self.log.close()

    def _hold(self, key: Key, pressed: bool) -> None:
        (self.held.add if pressed else self.held.discard)(key)


class WorldModel(LucidModel):
    name = "world"
    session_cls = WorldSession
    outputs = (
        publish.video(name="main_video", width=WIDTH, height=HEIGHT, fps=FPS),
        publish.json(name="score"),
    )

    def __init__(self, config=None) -> None:
        super().__init__(config)
        self.weights = None

    async def load(self, ctx: LoadContext) -> None:
        self.engine = Engine()
        await self.engine.load(ctx)

    def create_session(self, ctx: SessionContext) -> WorldSession:
        return WorldSession(self, ctx)
'''
ENGINE = f'''\
"""The world model."""

from enum import IntEnum
from pathlib import Path

import numpy as np
import torch
from huggingface_hub import snapshot_download
from lucid import use_upstream

COMMIT = "{COMMIT}"
WIDTH, HEIGHT = 640, 360
CONTEXT_STEPS = 512
MOUSE_PER_PIXEL = 0.0075


class Key(IntEnum):
    FORWARD = 0
    CROUCH = 1
    JUMP = 2


def mouse_velocity(dx_px: float, dy_px: float) -> tuple[float, float]:
    return (MOUSE_PER_PIXEL * dx_px, MOUSE_PER_PIXEL * dy_px)


class Engine:
    words = ""

    async def load(self, ctx) -> None:
        use_upstream(__file__)
        folder = Path(snapshot_download("org/world", revision=COMMIT))
        self.state = torch.load(folder / "world.pt", weights_only=True)
        self.table = np.load(folder / "table.npz")
        self.reset(None)
        self.step({{}}, 1)

    def reset(self, seed_frame) -> None:
        self.world.reset()
        self.steps = 0

    def step(self, action, steps):
        if self.steps >= CONTEXT_STEPS - 2:
            self.reset(self.last_frame)
        self.steps += 1
        frames = self.world.gen_frame(action, self.words, steps)
        return frames.permute(0, 2, 3, 1).to(torch.uint8)
'''
