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
    image_input,
    input,
    publish,
    start_pictures,
)
from lucid.conditioning import Axes, read_picture
from pydantic import BaseModel

from .engine import (
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


class CosmosSession(LucidSession["CosmosModel"]):
    """The state of one player: the inputs since the last step."""

    def __init__(self, model: CosmosModel, ctx: SessionContext) -> None:
        super().__init__(model, ctx)
        self.axes = Axes(len(Axis))
        self.seed_frame: np.ndarray = read_picture(STARTS / "table_1.webp", (WIDTH, HEIGHT))
        self.restart = True

    @input(description="A picture to start the world from", paused=True)
    def set_seed_frame(
        self, image: InputFile = image_input(size=(WIDTH, HEIGHT), gallery=STARTS)
    ) -> None:
        self.seed_frame = image.rgb(size=(WIDTH, HEIGHT))
        self.restart = True

    @input(
        description="Move away, or near",
        binding=axis(positive_keys=("KeyW",), negative_keys=("KeyS",)),
    )
    def dx(self, value: float) -> None:
        self.axes.pull(Axis.DX, value)

    @input(
        description="Move left, or right",
        binding=axis(positive_keys=("KeyA",), negative_keys=("KeyD",)),
    )
    def dy(self, value: float) -> None:
        self.axes.pull(Axis.DY, value)

    @input(
        description="Move up, or down",
        binding=axis(positive_keys=("KeyE",), negative_keys=("KeyQ",)),
    )
    def dz(self, value: float) -> None:
        self.axes.pull(Axis.DZ, value)

    @input(
        description="Roll",
        binding=axis(positive_keys=("KeyL",), negative_keys=("KeyJ",)),
    )
    def roll(self, value: float) -> None:
        self.axes.pull(Axis.ROLL, value)

    @input(
        description="Pitch",
        binding=axis(positive_keys=("KeyI",), negative_keys=("KeyK",)),
    )
    def pitch(self, value: float) -> None:
        self.axes.pull(Axis.PITCH, value)

    @input(
        description="Yaw",
        binding=axis(positive_keys=("KeyO",), negative_keys=("KeyU",)),
    )
    def yaw(self, value: float) -> None:
        self.axes.pull(Axis.YAW, value)

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
            if self.restart:
                self.restart = False
                engine.reset(seed_frame=self.seed_frame)
            await self.ctx.publish("main_video", engine.step(self.take_action()))


class CosmosConfig(BaseModel, extra="forbid"):
    """The configuration. ``stub`` plays without the model, as `lucid serve --stub` does."""

    engine: Literal["upstream", "stub"] = "upstream"


class CosmosModel(LucidModel[CosmosConfig]):
    """The loaded model, shared by its sessions."""

    name = "cosmos"
    repo = "nvidia/Cosmos-Predict2-2B-Sample-Action-Conditioned"
    licence = "nvidia-open-model-license"
    config_cls = CosmosConfig
    session_cls = CosmosSession
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
