"""Small ports that the tests play."""

from __future__ import annotations

import asyncio
import time
from enum import Enum
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import BaseModel, Field

from lucid import (
    InputFile,
    LoadContext,
    LucidModel,
    LucidSession,
    SessionContext,
    axis,
    hold,
    image_input,
    input,
    pointer,
    press,
    publish,
    wheel,
)

WIDTH, HEIGHT = 64, 48


class Mode(Enum):
    WALK = "walk"
    FLY = "fly"


class EverythingSession(LucidSession["EverythingModel"]):
    """Every kind of input; each shows in the frame's first pixel or in `told`."""

    def __init__(self, model: EverythingModel, ctx: SessionContext) -> None:
        super().__init__(model, ctx)
        self.red = 0
        self.told: list[Any] = model.told
        self.motion = np.zeros(2)
        self.steps = 0
        self.closed = False

    @input(description="Forward", binding=hold(keys=("KeyW",), mouse_buttons=(0,)))
    def forward(self, pressed: bool) -> None:
        self.red = 255 if pressed else 0
        self.told.append(("forward", pressed))

    @input(binding=press(keys=("Space",)))
    def jump(self) -> None:
        self.told.append(("jump",))

    @input(binding=axis(positive_keys=("KeyE",), negative_keys=("KeyQ",)))
    def lean(self, value: float) -> None:
        self.told.append(("lean", value))

    @input(binding=pointer())
    def look(self, dx: float, dy: float) -> None:
        self.motion += (dx, dy)
        self.told.append(("look", dx, dy))

    @input(binding=wheel())
    def zoom(self, delta: float) -> None:
        self.told.append(("zoom", delta))

    @input()
    async def set_prompt(self, prompt: Annotated[str, Field(min_length=1, max_length=100)]) -> None:
        await asyncio.sleep(0)
        self.told.append(("prompt", prompt))

    @input()
    def tune(
        self,
        strength: Annotated[float, Field(ge=0, le=1)],
        mode: Mode = Mode.WALK,
        look: Literal["day", "night"] = "day",
        steps: Annotated[int | None, Field(gt=0)] = None,
    ) -> None:
        self.told.append(("tune", strength, mode, look, steps))

    @input(paused=True)
    def set_seed_frame(self, image: InputFile = image_input(size=(WIDTH, HEIGHT))) -> None:
        self.told.append(("seed", image.rgb().shape))

    @input()
    def break_down(self) -> None:
        raise RuntimeError("the handler broke")

    async def run(self) -> None:
        while self.ctx.running:
            self.steps += 1
            width, height = self.model.size
            frame = np.zeros((height, width, 3), np.uint8)
            frame[..., 0] = self.red
            frame[..., 1] = 128
            time.sleep(self.model.step_s)  # noqa: ASYNC251 - a blocking step is what ports do
            await self.ctx.publish("main_video", frame)
            self.model.steps += 1
            await self.model.after_step(self)

    def close(self) -> None:
        self.told.append(("close",))


class EverythingModel(LucidModel):
    name = "everything"
    session_cls = EverythingSession
    outputs = (publish.video(name="main_video", width=WIDTH, height=HEIGHT, fps=50),)
    step_s = 0.002
    size = (WIDTH, HEIGHT)

    def load(self, ctx: LoadContext) -> None:
        self.told: list[Any] = []
        self.steps = 0
        type(self).last = self

    async def after_step(self, session: EverythingSession) -> None:
        """What a test adds to every step."""

    last: EverythingModel


class AllOutputsSession(LucidSession["AllOutputsModel"]):
    async def run(self) -> None:
        beep = np.sin(np.arange(960) / 960 * 2 * np.pi * 10).astype(np.float32) * 0.5
        step = 0
        while self.ctx.running:
            step += 1
            await self.ctx.publish("sound", beep)
            await self.ctx.publish("score", {"step": step}, ts_ms=20.0 * step)
            await self.ctx.publish("map", bytes([step % 256, 1, 2]), ts_ms=None)
            depth = np.full((3, 32, 32), 0.25, np.float32)
            await self.ctx.publish("depth", depth)
            await self.ctx.publish("main_video", np.full((HEIGHT, WIDTH, 3), 200, np.uint8))


class AllOutputsModel(LucidModel):
    name = "all-outputs"
    session_cls = AllOutputsSession
    outputs = (
        publish.video(name="main_video", width=WIDTH, height=HEIGHT, fps=50),
        publish.video(name="depth", width=32, height=32, layout="CHW", pixel_range="[0,1]"),
        publish.audio(name="sound", sample_rate_hz=48_000),
        publish.json(name="score"),
        publish.bytes(name="map", mime_type="application/octet-stream"),
    )


class EngineConfig(BaseModel):
    engine: Literal["real", "stub"] = "real"


class BrokenModel(EverythingModel):
    """Raises after a few steps of its first session; later sessions work."""

    broken = False

    async def after_step(self, session: EverythingSession) -> None:
        if session.steps == 3 and not self.broken:
            self.broken = True
            raise ValueError("a step broke")


class UnloadableModel(EverythingModel):
    config_cls = EngineConfig

    def load(self, ctx: LoadContext) -> None:
        ctx.progress("download", 0.5)
        raise FileNotFoundError("weights.safetensors")
