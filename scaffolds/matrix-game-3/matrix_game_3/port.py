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
    pointer,
    publish,
    start_pictures,
)
from lucid.conditioning import Held, Mouse, read_picture
from pydantic import BaseModel

from .engine import (
    FPS,
    FRAMES_PER_STEP,
    HEIGHT,
    LAYOUT,
    MOUSE,
    PIXEL_RANGE,
    WIDTH,
    Action,
    Engine,
    Key,
)

STARTS = start_pictures("places")  # or a folder of your own pictures


class MatrixGame3Session(LucidSession["MatrixGame3Model"]):
    """The state of one player: the inputs since the last step."""

    def __init__(self, model: MatrixGame3Model, ctx: SessionContext) -> None:
        super().__init__(model, ctx)
        self.held = Held[Key]()
        self.mouse = Mouse(MOUSE)
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

    @input(description="Walk forward", binding=hold(keys=("KeyW",)))
    def forward(self, pressed: bool) -> None:
        self.held.hold(Key.FORWARD, pressed)

    @input(description="Walk back", binding=hold(keys=("KeyS",)))
    def back(self, pressed: bool) -> None:
        self.held.hold(Key.BACK, pressed)

    @input(description="Step left", binding=hold(keys=("KeyA",)))
    def left(self, pressed: bool) -> None:
        self.held.hold(Key.LEFT, pressed)

    @input(description="Step right", binding=hold(keys=("KeyD",)))
    def right(self, pressed: bool) -> None:
        self.held.hold(Key.RIGHT, pressed)

    @input(description="Look around", binding=pointer())
    def look(self, dx: float, dy: float) -> None:
        self.mouse.move(dx, dy)

    def take_action(self) -> Action:
        """Return the action of the next step. Taps and motion count once."""
        return Action(
            held=self.held.drain(),
            look=self.mouse.drain(),
        )

    async def run(self) -> None:
        engine = self.model.engine
        while self.ctx.running:
            engine.set_prompt(self.prompt)  # first: a reset may encode it too
            if self.restart:
                self.restart = False
                engine.reset(seed_frame=self.seed_frame)
            await self.ctx.publish("main_video", engine.step(self.take_action()))


class MatrixGame3Config(BaseModel, extra="forbid"):
    """The configuration. ``stub`` plays without the model, as `lucid serve --stub` does."""

    engine: Literal["upstream", "stub"] = "upstream"


class MatrixGame3Model(LucidModel[MatrixGame3Config]):
    """The loaded model, shared by its sessions."""

    name = "matrix_game_3"
    repo = "Skywork/Matrix-Game-3.0"
    licence = "apache-2.0"
    config_cls = MatrixGame3Config
    session_cls = MatrixGame3Session
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
