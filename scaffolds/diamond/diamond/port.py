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
    pointer,
    publish,
)
from lucid.conditioning import Held, Mouse
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


class DiamondSession(LucidSession["DiamondModel"]):
    """The state of one player: the inputs since the last step."""

    def __init__(self, model: DiamondModel, ctx: SessionContext) -> None:
        super().__init__(model, ctx)
        self.held = Held[Key]()
        self.mouse = Mouse(MOUSE)
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

    # Ctrl in the game, but a browser closes the tab on Ctrl+W.
    @input(description="Crouch", binding=hold(keys=("KeyC",)))
    def crouch(self, pressed: bool) -> None:
        self.held.hold(Key.CROUCH, pressed)

    @input(description="Walk without a sound", binding=hold(keys=("ShiftLeft",)))
    def walk(self, pressed: bool) -> None:
        self.held.hold(Key.WALK, pressed)

    @input(description="First weapon", binding=hold(keys=("Digit1",)))
    def weapon_1(self, pressed: bool) -> None:
        self.held.hold(Key.WEAPON_1, pressed)

    @input(description="Second weapon", binding=hold(keys=("Digit2",)))
    def weapon_2(self, pressed: bool) -> None:
        self.held.hold(Key.WEAPON_2, pressed)

    @input(description="Knife", binding=hold(keys=("Digit3",)))
    def weapon_3(self, pressed: bool) -> None:
        self.held.hold(Key.WEAPON_3, pressed)

    @input(description="Reload", binding=hold(keys=("KeyR",)))
    def reload(self, pressed: bool) -> None:
        self.held.hold(Key.RELOAD, pressed)

    @input(description="Fire", binding=hold(mouse_buttons=(0,)))
    def fire(self, pressed: bool) -> None:
        self.held.hold(Key.FIRE, pressed)

    @input(description="Aim", binding=hold(mouse_buttons=(2,)))
    def aim(self, pressed: bool) -> None:
        self.held.hold(Key.AIM, pressed)

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
            if self.restart:
                self.restart = False
                engine.reset()
            await self.ctx.publish("main_video", engine.step(self.take_action()))


class DiamondConfig(BaseModel, extra="forbid"):
    """The configuration. ``stub`` plays without the model, as `lucid serve --stub` does."""

    engine: Literal["upstream", "stub"] = "upstream"


class DiamondModel(LucidModel[DiamondConfig]):
    """The loaded model, shared by its sessions."""

    name = "diamond"
    repo = "eloialonso/diamond"
    licence = "mit"
    config_cls = DiamondConfig
    session_cls = DiamondSession
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
