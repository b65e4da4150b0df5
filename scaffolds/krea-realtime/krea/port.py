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
    input,
    publish,
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


class KreaSession(LucidSession["KreaModel"]):
    """The state of one player: the inputs since the last step."""

    def __init__(self, model: KreaModel, ctx: SessionContext) -> None:
        super().__init__(model, ctx)
        self.prompt = "A quiet place to explore"
        self.seed_frame: np.ndarray | None = None  # a picture, or a clip of CLIP_FRAMES
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


class KreaConfig(BaseModel, extra="forbid"):
    """The configuration. ``stub`` plays without the model, as `lucid serve --stub` does."""

    engine: Literal["upstream", "stub"] = "upstream"


class KreaModel(LucidModel[KreaConfig]):
    """The loaded model, shared by its sessions."""

    name = "krea"
    repo = "krea/krea-realtime-video"
    licence = "cc-by-nc-sa-4.0"
    config_cls = KreaConfig
    session_cls = KreaSession
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
