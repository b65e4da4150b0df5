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
    file_input,
    image_input,
    input,
    publish,
    start_pictures,
)
from lucid.conditioning import read_clip
from pydantic import BaseModel

from .engine import (
    CLIP_FRAMES,
    FPS,
    FRAMES_PER_STEP,
    HEIGHT,
    LAYOUT,
    PIXEL_RANGE,
    WIDTH,
    Engine,
)

STARTS = start_pictures("places")  # or a folder of your own pictures


class HeliosSession(LucidSession["HeliosModel"]):
    """The state of one player: the inputs since the last step."""

    def __init__(self, model: HeliosModel, ctx: SessionContext) -> None:
        super().__init__(model, ctx)
        self.prompt = "A quiet place to explore"
        self.seed_frame: np.ndarray | None = None  # a picture, or a clip of CLIP_FRAMES
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

    async def run(self) -> None:
        engine = self.model.engine
        while self.ctx.running:
            engine.set_prompt(self.prompt)  # first: a reset may encode it too
            if self.restart:
                self.restart = False
                engine.reset(seed_frame=self.seed_frame)
            await self.ctx.publish("main_video", engine.step())


class HeliosConfig(BaseModel, extra="forbid"):
    """The configuration. ``stub`` plays without the model, as `lucid serve --stub` does."""

    engine: Literal["upstream", "stub"] = "upstream"


class HeliosModel(LucidModel[HeliosConfig]):
    """The loaded model, shared by its sessions."""

    name = "helios"
    repo = "BestWishYsh/Helios-Distilled"
    licence = "apache-2.0"
    config_cls = HeliosConfig
    session_cls = HeliosSession
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
