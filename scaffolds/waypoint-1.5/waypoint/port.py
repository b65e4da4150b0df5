"""How the model is played: inputs, outputs and the loop between them."""

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
    wheel,
)
from pydantic import BaseModel

from .engine import FPS, FRAMES_PER_STEP, HEIGHT, WIDTH, Action, Button, Engine, mouse_velocity


class WaypointSession(LucidSession["WaypointModel"]):
    """One player: what is held now, and what has moved since the last step."""

    def __init__(self, model: WaypointModel, ctx: SessionContext) -> None:
        super().__init__(model, ctx)
        self.buttons: set[Button] = set()
        self.dx_px = self.dy_px = self.notches = 0.0
        self.seed_frame: np.ndarray | None = None
        self.restart = True

    @input(description="A picture to start the world from", paused=True)
    def set_seed_frame(self, image: InputFile = image_input(size=(WIDTH, HEIGHT))) -> None:
        self.seed_frame = image.rgb(size=(WIDTH, HEIGHT))
        self.restart = True

    @input(description="Walk forward", binding=hold(keys=("KeyW",)))
    def forward(self, pressed: bool) -> None:
        self._hold(Button.FORWARD, pressed)

    @input(description="Step left", binding=hold(keys=("KeyA",)))
    def left(self, pressed: bool) -> None:
        self._hold(Button.LEFT, pressed)

    @input(description="Walk back", binding=hold(keys=("KeyS",)))
    def back(self, pressed: bool) -> None:
        self._hold(Button.BACK, pressed)

    @input(description="Step right", binding=hold(keys=("KeyD",)))
    def right(self, pressed: bool) -> None:
        self._hold(Button.RIGHT, pressed)

    @input(description="Jump", binding=hold(keys=("Space",)))
    def jump(self, pressed: bool) -> None:
        self._hold(Button.JUMP, pressed)

    @input(description="Sprint", binding=hold(keys=("ShiftLeft",)))
    def sprint(self, pressed: bool) -> None:
        self._hold(Button.SPRINT, pressed)

    # The model knows it as Ctrl, but a browser closes the tab on Ctrl+W.
    @input(description="Crouch", binding=hold(keys=("KeyC",)))
    def crouch(self, pressed: bool) -> None:
        self._hold(Button.CROUCH, pressed)

    @input(description="Left mouse button", binding=hold(mouse_buttons=(0,)))
    def primary(self, pressed: bool) -> None:
        self._hold(Button.PRIMARY, pressed)

    @input(description="Right mouse button", binding=hold(mouse_buttons=(2,)))
    def secondary(self, pressed: bool) -> None:
        self._hold(Button.SECONDARY, pressed)

    @input(description="Look around", binding=pointer())
    def look(self, dx: float, dy: float) -> None:
        self.dx_px += dx
        self.dy_px += dy

    @input(description="Scroll", binding=wheel())
    def scroll(self, delta: float) -> None:
        self.notches += delta

    def take_action(self) -> Action:
        """What the player does now; motion counts once."""
        action = Action(
            buttons=frozenset(self.buttons),
            mouse=mouse_velocity(self.dx_px, self.dy_px),
            scroll=int(np.sign(self.notches)),
        )
        self.dx_px = self.dy_px = self.notches = 0.0
        return action

    async def run(self) -> None:
        engine = self.model.engine
        while self.ctx.running:
            if self.restart:
                engine.reset(seed_frame=self.seed_frame)
                self.restart = False
            await self.ctx.publish("main_video", engine.step(self.take_action()))

    def _hold(self, button: Button, pressed: bool) -> None:
        (self.buttons.add if pressed else self.buttons.discard)(button)


class WaypointConfig(BaseModel, extra="forbid"):
    """``stub`` plays without weights: `lucid serve --stub`."""

    engine: Literal["world_engine", "stub"] = "world_engine"


class WaypointModel(LucidModel[WaypointConfig]):
    """The loaded model, shared by its sessions."""

    name = "waypoint"
    description = "Overworld/Waypoint-1.5-1B"
    config_cls = WaypointConfig
    session_cls = WaypointSession
    outputs = (publish.video(name="main_video", width=WIDTH, height=HEIGHT, fps=FPS),)
    engine: Engine | StubEngine

    def load(self, ctx: LoadContext) -> None:
        stub = self.config.engine == "stub"
        self.engine = StubEngine(WIDTH, HEIGHT, FRAMES_PER_STEP) if stub else Engine()
        self.engine.load(ctx)
