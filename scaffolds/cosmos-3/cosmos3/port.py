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
    axis,
    file_input,
    image_input,
    input,
    publish,
    start_pictures,
)
from lucid.conditioning import Axes, read_clip, read_picture
from pydantic import BaseModel

from .engine import (
    CLIP_FRAMES,
    FPS,
    FRAMES_PER_STEP,
    HEIGHT,
    LAYOUT,
    PIXEL_RANGE,
    WIDTH,
    Action,
    Axis,
    Engine,
)

STARTS = start_pictures("tables")  # or a folder of your own pictures


class Cosmos3Session(LucidSession["Cosmos3Model"]):
    """The state of one player: the inputs since the last step."""

    def __init__(self, model: Cosmos3Model, ctx: SessionContext) -> None:
        super().__init__(model, ctx)
        self.axes = Axes(len(Axis))
        self.prompt = "A quiet place to explore"
        self.seed_frame: np.ndarray = read_picture(STARTS / "table_1.webp", (WIDTH, HEIGHT))
        self.restart = True

    @input(description="A picture to start the world from", paused=True)
    def set_seed_frame(
        self, image: InputFile = image_input(size=(WIDTH, HEIGHT), gallery=STARTS)
    ) -> None:
        self.seed_frame = image.rgb(size=(WIDTH, HEIGHT))
        self.restart = True

    @input(description="A video to continue", paused=True)
    def set_seed_clip(self, video: InputFile = file_input(mime_types=("video/mp4",))) -> None:
        self.seed_frame = read_clip(video, size=(WIDTH, HEIGHT), frames=CLIP_FRAMES)
        self.restart = True

    @input(description="What the world is like", paused=True)
    def set_prompt(self, prompt: str) -> None:
        self.prompt = prompt

    @input(
        description="Move right, or left",
        binding=axis(positive_keys=("KeyD",), negative_keys=("KeyA",)),
    )
    def dx(self, value: float) -> None:
        self.axes.pull(Axis.DX, value)

    @input(
        description="Move down, or up",
        binding=axis(positive_keys=("KeyQ",), negative_keys=("KeyE",)),
    )
    def dy(self, value: float) -> None:
        self.axes.pull(Axis.DY, value)

    @input(
        description="Move ahead, or back",
        binding=axis(positive_keys=("KeyW",), negative_keys=("KeyS",)),
    )
    def dz(self, value: float) -> None:
        self.axes.pull(Axis.DZ, value)

    @input(
        description="Tilt up, or down",
        binding=axis(positive_keys=("KeyI",), negative_keys=("KeyK",)),
    )
    def tilt(self, value: float) -> None:
        self.axes.pull(Axis.TILT, value)

    @input(
        description="Turn right, or left",
        binding=axis(positive_keys=("KeyL",), negative_keys=("KeyJ",)),
    )
    def turn(self, value: float) -> None:
        self.axes.pull(Axis.TURN, value)

    @input(
        description="Roll right, or left",
        binding=axis(positive_keys=("KeyO",), negative_keys=("KeyU",)),
    )
    def roll(self, value: float) -> None:
        self.axes.pull(Axis.ROLL, value)

    @input(
        description="Open the gripper, or close it",
        binding=axis(positive_keys=("KeyR",), negative_keys=("KeyF",)),
    )
    def gripper(self, value: float) -> None:
        self.axes.pull(Axis.GRIPPER, value)

    def take_action(self) -> Action:
        """Return the action of the next step. Taps and motion count once."""
        return Action(
            vector=self.axes.drain(),
        )

    async def run(self) -> None:
        engine = self.model.engine
        while self.ctx.running:
            engine.set_prompt(self.prompt)  # first: a reset may encode it too
            if self.restart:
                self.restart = False
                engine.reset(seed_frame=self.seed_frame)
            await self.ctx.publish("main_video", engine.step(self.take_action()))


class Cosmos3Config(BaseModel, extra="forbid"):
    """The configuration. ``stub`` plays without the model, as `lucid serve --stub` does."""

    engine: Literal["upstream", "stub"] = "upstream"


class Cosmos3Model(LucidModel[Cosmos3Config]):
    """The loaded model, shared by its sessions."""

    name = "cosmos3"
    repo = "nvidia/Cosmos3-Nano"
    config_cls = Cosmos3Config
    session_cls = Cosmos3Session
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
