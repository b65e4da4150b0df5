"""How the model is played: inputs, outputs and the loop between them."""

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
    """One player: what is held now, and what has happened since the last step."""

    def __init__(self, model: BreakoutModel, ctx: SessionContext) -> None:
        super().__init__(model, ctx)
        self.held: set[Key] = set()
        self.restart = True

    @input(description="Up", binding=hold(keys=("KeyW",)))
    def up(self, pressed: bool) -> None:
        self._hold(Key.UP, pressed)

    @input(description="Left", binding=hold(keys=("KeyA",)))
    def left(self, pressed: bool) -> None:
        self._hold(Key.LEFT, pressed)

    @input(description="Down", binding=hold(keys=("KeyS",)))
    def down(self, pressed: bool) -> None:
        self._hold(Key.DOWN, pressed)

    @input(description="Right", binding=hold(keys=("KeyD",)))
    def right(self, pressed: bool) -> None:
        self._hold(Key.RIGHT, pressed)

    @input(description="Fire", binding=hold(keys=("Space",)))
    def fire(self, pressed: bool) -> None:
        self._hold(Key.FIRE, pressed)

    def take_action(self) -> Action:
        """What the player does now; motion counts once."""
        return Action(
            held=frozenset(self.held),
        )

    async def run(self) -> None:
        engine = self.model.engine
        while self.ctx.running:
            if self.restart:
                self.restart = False
                engine.reset()
            await self.ctx.publish("main_video", engine.step(self.take_action()))

    def _hold(self, key: Key, pressed: bool) -> None:
        (self.held.add if pressed else self.held.discard)(key)


class BreakoutConfig(BaseModel, extra="forbid"):
    """``stub`` plays without the model: `lucid serve --stub`."""

    engine: Literal["upstream", "stub"] = "upstream"


class BreakoutModel(LucidModel[BreakoutConfig]):
    """The loaded model, shared by its sessions."""

    name = "breakout"
    description = "eloialonso/diamond"
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
