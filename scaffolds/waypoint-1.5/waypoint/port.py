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
    wheel,
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


class WaypointSession(LucidSession["WaypointModel"]):
    """The state of one player: the inputs since the last step."""

    def __init__(self, model: WaypointModel, ctx: SessionContext) -> None:
        super().__init__(model, ctx)
        self.held = Held[Key]()
        self.mouse = Mouse(MOUSE)
        self.notches = 0.0
        self.seed_frame: np.ndarray = read_picture(STARTS / "meadow_tower.webp", (WIDTH, HEIGHT))
        self.restart = True

    @input(description="A picture to start the world from", paused=True)
    def set_seed_frame(
        self, image: InputFile = image_input(size=(WIDTH, HEIGHT), gallery=STARTS)
    ) -> None:
        self.seed_frame = image.rgb(size=(WIDTH, HEIGHT))
        self.restart = True

    @input(description="Walk forward", binding=hold(keys=("KeyW",)))
    def forward(self, pressed: bool) -> None:
        self.held.hold(Key.FORWARD, pressed)

    @input(description="Step left", binding=hold(keys=("KeyA",)))
    def left(self, pressed: bool) -> None:
        self.held.hold(Key.LEFT, pressed)

    @input(description="Walk back", binding=hold(keys=("KeyS",)))
    def back(self, pressed: bool) -> None:
        self.held.hold(Key.BACK, pressed)

    @input(description="Step right", binding=hold(keys=("KeyD",)))
    def right(self, pressed: bool) -> None:
        self.held.hold(Key.RIGHT, pressed)

    @input(description="Jump", binding=hold(keys=("Space",)))
    def jump(self, pressed: bool) -> None:
        self.held.hold(Key.JUMP, pressed)

    @input(description="Sprint", binding=hold(keys=("ShiftLeft",)))
    def sprint(self, pressed: bool) -> None:
        self.held.hold(Key.SPRINT, pressed)

    # The model knows it as Ctrl, but a browser closes the tab on Ctrl+W.
    @input(description="Crouch", binding=hold(keys=("KeyC",)))
    def crouch(self, pressed: bool) -> None:
        self.held.hold(Key.CROUCH, pressed)

    @input(description="Main action", binding=hold(mouse_buttons=(0,)))
    def primary(self, pressed: bool) -> None:
        self.held.hold(Key.PRIMARY, pressed)

    @input(description="Second action", binding=hold(mouse_buttons=(2,)))
    def secondary(self, pressed: bool) -> None:
        self.held.hold(Key.SECONDARY, pressed)

    @input(description="Look around", binding=pointer())
    def look(self, dx: float, dy: float) -> None:
        self.mouse.move(dx, dy)

    @input(description="Scroll", binding=wheel())
    def scroll(self, delta: float) -> None:
        self.notches += delta

    def take_action(self) -> Action:
        """Return the action of the next step. Taps and motion count once."""
        notches, self.notches = self.notches, 0.0
        return Action(
            held=self.held.drain(),
            look=self.mouse.drain(),
            scroll=(notches > 0) - (notches < 0),
        )

    async def run(self) -> None:
        engine = self.model.engine
        while self.ctx.running:
            if self.restart:
                self.restart = False
                engine.reset(seed_frame=self.seed_frame)
            await self.ctx.publish("main_video", engine.step(self.take_action()))


class WaypointConfig(BaseModel, extra="forbid"):
    """The configuration. ``stub`` plays without the model, as `lucid serve --stub` does."""

    engine: Literal["upstream", "stub"] = "upstream"


class WaypointModel(LucidModel[WaypointConfig]):
    """The loaded model, shared by its sessions."""

    name = "waypoint"
    repo = "Overworld/Waypoint-1.5-1B"
    licence = "apache-2.0"
    config_cls = WaypointConfig
    session_cls = WaypointSession
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
