"""The port of the landscape: its inputs, its output and the loop of a session."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Annotated, Literal

import torch
from pydantic import Field

from lucid import (
    InputFile,
    InvalidInputError,
    LoadContext,
    LucidModel,
    LucidSession,
    SessionContext,
    hold,
    image_input,
    input,
    pointer,
    publish,
)
from lucid.conditioning import Held

from .engine import FPS, HEIGHT, RUN, TURN, TURN_PER_PIXEL, WALK, WIDTH, Action, Engine
from .looks import LOOK_NAMES, find_look

GALLERY = Path(__file__).parent / "gallery"
Place = Literal[
    "alpine-castle", "alpine-tarn", "autumn-lake", "autumn-shore", "blossom-mountain",
    "dunes-oasis", "dusk-lake", "dusk-ruins", "moonlight-ruins", "neon-sun", "snow-peaks",
    "snow-tower",
]  # fmt: skip
PROMPTS = ["snow at dusk", "cherry blossom", "neon night", "a golden autumn", "alpine meadows"]
PRESETS = {
    "A winter evening": {
        "set_seed_frame": {"image": "snow-peaks.png"},
        "set_prompt": {"prompt": "snow at dusk"},
    },
    "The neon coast": {
        "set_seed_frame": {"image": "autumn-lake.png"},
        "set_prompt": {"prompt": "neon at night"},
    },
    "Spring below the castle": {
        "set_seed_frame": {"image": "alpine-castle.png"},
        "set_prompt": {"prompt": "cherry blossom"},
    },
}


class LandscapeSession(LucidSession["LandscapeModel"]):
    """The state of one player: held keys, pointer motion since the last step, settings."""

    def __init__(self, model: LandscapeModel, ctx: SessionContext) -> None:
        super().__init__(model, ctx)
        self.held = Held[str]()
        self.dx_px = self.dy_px = 0.0
        self.temperature = 1.0
        model.engine.forget()
        self.reset()

    @input(description="Walk forward", binding=hold(keys=("KeyW", "ArrowUp")))
    def forward(self, pressed: bool) -> None:
        self.held.hold("forward", pressed)

    @input(description="Walk back", binding=hold(keys=("KeyS", "ArrowDown")))
    def back(self, pressed: bool) -> None:
        self.held.hold("back", pressed)

    @input(description="Step left", binding=hold(keys=("KeyA",)))
    def left(self, pressed: bool) -> None:
        self.held.hold("left", pressed)

    @input(description="Step right", binding=hold(keys=("KeyD",)))
    def right(self, pressed: bool) -> None:
        self.held.hold("right", pressed)

    @input(description="Turn left", binding=hold(keys=("ArrowLeft",)))
    def turn_left(self, pressed: bool) -> None:
        self.held.hold("turn_left", pressed)

    @input(description="Turn right", binding=hold(keys=("ArrowRight",)))
    def turn_right(self, pressed: bool) -> None:
        self.held.hold("turn_right", pressed)

    @input(description="Run", binding=hold(keys=("ShiftLeft", "ShiftRight")))
    def run_faster(self, pressed: bool) -> None:
        self.held.hold("run", pressed)

    @input(description="Rise, and glide down again", binding=hold(keys=("Space",)))
    def rise(self, pressed: bool) -> None:
        self.held.hold("rise", pressed)

    @input(description="Look around", binding=pointer())
    def look(self, dx: float, dy: float) -> None:
        self.dx_px += dx
        self.dy_px += dy

    @input(description="The world's look, in words that may be mixed")
    def set_prompt(self, prompt: Annotated[str, Field(examples=PROMPTS)]) -> None:
        look = find_look(prompt)
        if look is None:
            known = ", ".join(LOOK_NAMES)
            raise InvalidInputError("set_prompt", [f"no look matches this prompt; try {known}"])
        self.model.engine.set_look(look)

    @input(description="A picture of yours: the world takes its colors and its light", paused=True)
    def set_seed_frame(
        self, image: InputFile = image_input(size=(WIDTH, HEIGHT), gallery=GALLERY)
    ) -> None:
        self.model.engine.set_picture(image.rgb(size=(WIDTH, HEIGHT)))

    @input(description="Start at a place of the gallery", paused=True)
    def start_at(self, place: Place) -> None:
        self.model.engine.start(place)

    @input(description="Start again at a place chosen by the seed", paused=True)
    def reset(self, seed: int = 0) -> None:
        engine = self.model.engine
        engine.start(random.Random(seed).choice(engine.starts), seed)

    @input(description="How much the model varies what it has not seen", paused=True)
    def set_temperature(self, temperature: Annotated[float, Field(ge=0, le=1)] = 1.0) -> None:
        self.temperature = temperature

    def take_action(self) -> Action:
        """Return the action of the next step; taps and pointer motion count once."""
        on = self.held.drain()
        pace = RUN if "run" in on else WALK
        turn = TURN * (("turn_left" in on) - ("turn_right" in on)) - TURN_PER_PIXEL * self.dx_px
        tilt = -TURN_PER_PIXEL * self.dy_px
        self.dx_px = self.dy_px = 0.0
        return Action(
            forward=pace * (("forward" in on) - ("back" in on)),
            right=pace * (("right" in on) - ("left" in on)),
            turn=turn,
            tilt=tilt,
            rise="rise" in on,
        )

    def snapshot(self) -> bytes:
        pointer = self.dx_px, self.dy_px
        player = {"held": self.held.state, "pointer": pointer, "temperature": self.temperature}
        return self.model.engine.snapshot(player)

    def restore(self, snapshot: bytes) -> None:
        numbers = self.model.engine.restore(snapshot)
        self.held.state, self.temperature = numbers.held, numbers.temperature
        self.dx_px, self.dy_px = numbers.pointer

    async def run(self) -> None:
        while self.ctx.running:
            engine = self.model.engine
            frame = engine.step(self.take_action(), temperature=self.temperature)
            walked = {"total_m": round(engine.walked_m, 2), "step_m": round(engine.step_m, 4)}
            await self.ctx.publish("walked", walked)
            await self.ctx.publish("main_video", frame)


class LandscapeModel(LucidModel):
    """The loaded model, shared by its sessions."""

    name = "landscape"
    description = "An endless landscape dreamt by a small world model, on the CPU"
    licence = "apache-2.0"
    presets = PRESETS
    session_cls = LandscapeSession
    outputs = (
        publish.video(name="main_video", width=WIDTH, height=HEIGHT, fps=FPS),
        publish.json(name="walked", description="Meters walked since the start, and in this step"),
    )
    engine: Engine

    def load(self, ctx: LoadContext) -> None:
        torch.set_num_threads(1)  # the network is small, and video needs the other cores
        self.engine = Engine()
        self.engine.load(ctx)
