"""The inputs and outputs of the port, and the loop that connects them."""

from __future__ import annotations

from typing import Literal

from lucid import (
    LoadContext,
    LucidModel,
    LucidSession,
    SessionContext,
    StubEngine,
    input,
    publish,
)
from pydantic import BaseModel

from .engine import (
    FPS,
    FRAMES_PER_STEP,
    HEIGHT,
    LAYOUT,
    PIXEL_RANGE,
    WIDTH,
    Engine,
)


class SelfForcingSession(LucidSession["SelfForcingModel"]):
    """The state of one player: the inputs since the last step."""

    def __init__(self, model: SelfForcingModel, ctx: SessionContext) -> None:
        super().__init__(model, ctx)
        self.prompt = "A quiet place to explore"
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
                engine.reset()
            await self.ctx.publish("main_video", engine.step())


class SelfForcingConfig(BaseModel, extra="forbid"):
    """The configuration. ``stub`` plays without the model, as `lucid serve --stub` does."""

    engine: Literal["upstream", "stub"] = "upstream"


class SelfForcingModel(LucidModel[SelfForcingConfig]):
    """The loaded model, shared by its sessions."""

    name = "self_forcing"
    repo = "gdhe17/Self-Forcing"
    licence = "apache-2.0"
    config_cls = SelfForcingConfig
    session_cls = SelfForcingSession
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
