"""A world with an input of every kind, which records the inputs it receives."""

from __future__ import annotations

from enum import Enum
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import Field

from lucid import (
    InputFile,
    LucidModel,
    LucidSession,
    axis,
    file_input,
    hold,
    image_input,
    input,
    pointer,
    press,
    publish,
    wheel,
)

heard: list[Any] = []
"""The inputs that the sessions received, in order: (input, *arguments)."""


class Weather(Enum):
    CLEAR = "clear"
    HEAVY_SNOW = "heavy_snow"


class ListeningSession(LucidSession["ListeningWorld"]):
    crashed = False
    moving = False
    steps = 0

    @input(binding=hold(keys=("KeyW", "ArrowUp")))
    def move(self, pressed: bool) -> None:
        self.moving = pressed
        heard.append(("move", pressed))

    @input(binding=hold(keys=("KeyQ",)), paused=False)
    def lean(self, pressed: bool) -> None:
        heard.append(("lean", pressed))

    @input(binding=axis(positive_keys=("KeyD",), negative_keys=("KeyA",)))
    def strafe(self, value: float) -> None:
        heard.append(("strafe", value))

    @input(binding=press(keys=("Space",)))
    def jump(self) -> None:
        heard.append(("jump",))

    @input(binding=hold(mouse_buttons=(0,)))
    def attack(self, pressed: bool) -> None:
        heard.append(("attack", pressed))

    @input(binding=pointer())
    def look(self, dx: float, dy: float) -> None:
        heard.append(("look", dx, dy))

    @input(binding=wheel())
    def zoom(self, delta: Annotated[float, Field(ge=-20, le=20)]) -> None:
        heard.append(("zoom", delta))

    @input(description="Describe the world")
    def set_prompt(self, prompt: Annotated[str, Field(examples=["a sea", "a forest"])]) -> None:
        heard.append(("set_prompt", prompt))

    @input(description="Seed the first frame")
    def set_seed_frame(self, image: InputFile = image_input(size=(64, 48))) -> None:
        heard.append(("set_seed_frame", image.mime_type, image.rgb()))

    @input()
    def load_map(self, file: InputFile = file_input(mime_types=("application/json",))) -> None:
        heard.append(("load_map", file.filename, file.data))

    @input()
    def guidance(self, scale: Annotated[float, Field(ge=0, le=10)] = 4.0) -> None:
        heard.append(("guidance", scale))

    @input()
    def weather(self, kind: Weather = Weather.CLEAR) -> None:
        heard.append(("weather", kind))

    @input()
    def paint(self, colour: Literal["red", "blue"]) -> None:
        heard.append(("paint", colour))

    @input()
    def night(self, on: bool = False) -> None:
        heard.append(("night", on))

    @input()
    def reseed(self, rng_seed: Annotated[int, Field(ge=0)] | None = None) -> None:
        heard.append(("reseed", rng_seed))

    @input()
    def teleport(
        self,
        x: float,
        name: str = "home",
        mode: Literal["walk", "fly"] = "walk",
        via: list[int] | None = None,
    ) -> None:
        heard.append(("teleport", x, name, mode, via))

    @input()
    def crash(self) -> None:
        self.crashed = True

    async def run(self) -> None:
        while self.ctx.running:
            if self.crashed:
                raise RuntimeError("out of memory")
            self.steps += 1
            await self.ctx.publish("map", np.full((32, 32, 3), 200, np.uint8))
            await self.ctx.publish("telemetry", {"step": self.steps, "weather": "clear"})
            await self.ctx.publish("blob", b"12345")
            colour = (200, 30, 30) if self.moving else (90, 90, 90)
            await self.ctx.publish("main_video", np.full((96, 128, 3), colour, np.uint8))


class ListeningWorld(LucidModel):
    name = "listening-world"
    max_sessions = 2
    session_cls = ListeningSession
    outputs = (
        publish.video(name="main_video", width=128, height=96, fps=12),
        publish.video(name="map", width=32, height=32),
        publish.json(name="telemetry"),
        publish.bytes(name="blob", mime_type="application/x-blob"),
    )
