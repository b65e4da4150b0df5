"""The inputs and outputs of the port, and the loop that connects them."""

from __future__ import annotations

from typing import Literal

from lucid import (
    LoadContext,
    LucidModel,
    LucidSession,
    SessionContext,
    StubEngine,
    hold,
    input,
    publish,
)
from lucid.conditioning import Held
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


class BreakoutSession(LucidSession["BreakoutModel"]):
    """The state of one player: the inputs since the last step."""

    def __init__(self, model: BreakoutModel, ctx: SessionContext) -> None:
        super().__init__(model, ctx)
        self.held = Held[Key]()
        self.restart = True

    @input(description="Left", binding=hold(keys=("KeyA",)))
    def left(self, pressed: bool) -> None:
        self.held.hold(Key.LEFT, pressed)

    @input(description="Right", binding=hold(keys=("KeyD",)))
    def right(self, pressed: bool) -> None:
        self.held.hold(Key.RIGHT, pressed)

    @input(description="Fire", binding=hold(keys=("Space",)))
    def fire(self, pressed: bool) -> None:
        self.held.hold(Key.FIRE, pressed)

    def take_action(self) -> Action:
        """Return the action of the next step. Taps and motion count once."""
        return Action(
            held=self.held.drain(),
        )

    async def run(self) -> None:
        engine = self.model.engine
        while self.ctx.running:
            if self.restart:
                self.restart = False
                engine.reset()
            await self.ctx.publish("main_video", engine.step(self.take_action()))


class BreakoutConfig(BaseModel, extra="forbid"):
    """The configuration. ``stub`` plays without the model, as `lucid serve --stub` does."""

    engine: Literal["upstream", "stub"] = "upstream"


class BreakoutModel(LucidModel[BreakoutConfig]):
    """The loaded model, shared by its sessions."""

    name = "breakout"
    repo = "eloialonso/diamond"
    licence = "mit"
    config_cls = BreakoutConfig
    session_cls = BreakoutSession
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
