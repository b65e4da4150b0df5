"""The inputs and outputs of the port, and the loop that connects them."""

from __future__ import annotations

from typing import Literal

import numpy as np
from lucid import (
    InputFile,
    LoadContext,
    LucidModel,
    LucidSession,
    SessionContext,
    StubEngine,
    hold,
    image_input,
    input,
    publish,
    start_pictures,
)
from lucid.conditioning import Held, read_picture
from pydantic import BaseModel

from .engine import (
    FPS,
    FRAMES_PER_STEP,
    HEIGHT,
    LAYOUT,
    PIXEL_RANGE,
    WIDTH,
    Action,
    Engine,
    Key,
)

STARTS = start_pictures("places")  # or a folder of your own pictures


class ZingSession(LucidSession["ZingModel"]):
    """The state of one player: the inputs since the last step."""

    def __init__(self, model: ZingModel, ctx: SessionContext) -> None:
        super().__init__(model, ctx)
        self.held = Held[Key]()
        self.prompt = "A quiet place to explore"
        self.seed_frame: np.ndarray = read_picture(STARTS / "meadow_tower.webp", (WIDTH, HEIGHT))
        self.restart = True

    @input(description="A picture to start the world from", paused=True)
    def set_seed_frame(
        self, image: InputFile = image_input(size=(WIDTH, HEIGHT), gallery=STARTS)
    ) -> None:
        self.seed_frame = image.rgb(size=(WIDTH, HEIGHT))
        self.restart = True

    @input(description="What the world is like", paused=True)
    def set_prompt(self, prompt: str) -> None:
        self.prompt = prompt

    @input(description="Move forward", binding=hold(keys=("KeyW",)))
    def forward(self, pressed: bool) -> None:
        self.held.hold(Key.FORWARD, pressed)

    @input(description="Move left", binding=hold(keys=("KeyA",)))
    def left(self, pressed: bool) -> None:
        self.held.hold(Key.LEFT, pressed)

    @input(description="Move back", binding=hold(keys=("KeyS",)))
    def back(self, pressed: bool) -> None:
        self.held.hold(Key.BACK, pressed)

    @input(description="Move right", binding=hold(keys=("KeyD",)))
    def right(self, pressed: bool) -> None:
        self.held.hold(Key.RIGHT, pressed)

    @input(description="Look up", binding=hold(keys=("KeyI",)))
    def look_up(self, pressed: bool) -> None:
        self.held.hold(Key.LOOK_UP, pressed)

    @input(description="Turn left", binding=hold(keys=("KeyJ",)))
    def look_left(self, pressed: bool) -> None:
        self.held.hold(Key.LOOK_LEFT, pressed)

    @input(description="Look down", binding=hold(keys=("KeyK",)))
    def look_down(self, pressed: bool) -> None:
        self.held.hold(Key.LOOK_DOWN, pressed)

    @input(description="Turn right", binding=hold(keys=("KeyL",)))
    def look_right(self, pressed: bool) -> None:
        self.held.hold(Key.LOOK_RIGHT, pressed)

    def take_action(self) -> Action:
        """Return the action of the next step. Taps and motion count once."""
        return Action(
            held=self.held.drain(),
        )

    async def run(self) -> None:
        engine = self.model.engine
        while self.ctx.running:
            engine.set_prompt(self.prompt)  # first: a reset may encode it too
            if self.restart:
                self.restart = False
                engine.reset(seed_frame=self.seed_frame)
            await self.ctx.publish("main_video", engine.step(self.take_action()))


class ZingConfig(BaseModel, extra="forbid"):
    """The configuration. ``stub`` plays without the model, as `lucid serve --stub` does."""

    engine: Literal["upstream", "stub"] = "upstream"


class ZingModel(LucidModel[ZingConfig]):
    """The loaded model, shared by its sessions."""

    name = "zing"
    repo = "seedleap/Zing-0.5"
    licence = "apache-2.0"
    config_cls = ZingConfig
    session_cls = ZingSession
    outputs = (
        publish.video(
            name="main_video",
            width=WIDTH,
            height=HEIGHT,
            fps=FPS,
            layout=LAYOUT,
            pixel_range=PIXEL_RANGE,
        ),
    )
    engine: Engine | StubEngine

    def load(self, ctx: LoadContext) -> None:
        if self.config.engine == "stub":
            self.engine = StubEngine(WIDTH, HEIGHT, FRAMES_PER_STEP, LAYOUT, PIXEL_RANGE)
        else:
            self.engine = Engine()
        self.engine.load(ctx)
