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

STARTS = start_pictures("blocks")  # or a folder of your own pictures


class OasisSession(LucidSession["OasisModel"]):
    """The state of one player: the inputs since the last step."""

    def __init__(self, model: OasisModel, ctx: SessionContext) -> None:
        super().__init__(model, ctx)
        self.held = Held[Key]()
        self.mouse = Mouse(MOUSE)
        self.seed_frame: np.ndarray = read_picture(STARTS / "plains.webp", (WIDTH, HEIGHT))
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

    @input(description="Walk back", binding=hold(keys=("KeyS",)))
    def back(self, pressed: bool) -> None:
        self.held.hold(Key.BACK, pressed)

    @input(description="Step left", binding=hold(keys=("KeyA",)))
    def left(self, pressed: bool) -> None:
        self.held.hold(Key.LEFT, pressed)

    @input(description="Step right", binding=hold(keys=("KeyD",)))
    def right(self, pressed: bool) -> None:
        self.held.hold(Key.RIGHT, pressed)

    @input(description="Jump", binding=hold(keys=("Space",)))
    def jump(self, pressed: bool) -> None:
        self.held.hold(Key.JUMP, pressed)

    @input(description="Sneak", binding=hold(keys=("ShiftLeft",)))
    def sneak(self, pressed: bool) -> None:
        self.held.hold(Key.SNEAK, pressed)

    # Ctrl in the game, but a browser closes the tab on Ctrl+W.
    @input(description="Sprint", binding=hold(keys=("KeyR",)))
    def sprint(self, pressed: bool) -> None:
        self.held.hold(Key.SPRINT, pressed)

    @input(description="Attack, dig", binding=hold(mouse_buttons=(0,)))
    def attack(self, pressed: bool) -> None:
        self.held.hold(Key.ATTACK, pressed)

    @input(description="Use, place", binding=hold(mouse_buttons=(2,)))
    def use(self, pressed: bool) -> None:
        self.held.hold(Key.USE, pressed)

    @input(description="Pick the block", binding=hold(mouse_buttons=(1,)))
    def pick_item(self, pressed: bool) -> None:
        self.held.hold(Key.PICK_ITEM, pressed)

    @input(description="Drop", binding=hold(keys=("KeyQ",)))
    def drop(self, pressed: bool) -> None:
        self.held.hold(Key.DROP, pressed)

    @input(description="Swap hands", binding=hold(keys=("KeyF",)))
    def swap_hands(self, pressed: bool) -> None:
        self.held.hold(Key.SWAP_HANDS, pressed)

    @input(description="Inventory", binding=hold(keys=("KeyE",)))
    def inventory(self, pressed: bool) -> None:
        self.held.hold(Key.INVENTORY, pressed)

    @input(description="Slot 1", binding=hold(keys=("Digit1",)))
    def hotbar_1(self, pressed: bool) -> None:
        self.held.hold(Key.HOTBAR_1, pressed)

    @input(description="Slot 2", binding=hold(keys=("Digit2",)))
    def hotbar_2(self, pressed: bool) -> None:
        self.held.hold(Key.HOTBAR_2, pressed)

    @input(description="Slot 3", binding=hold(keys=("Digit3",)))
    def hotbar_3(self, pressed: bool) -> None:
        self.held.hold(Key.HOTBAR_3, pressed)

    @input(description="Slot 4", binding=hold(keys=("Digit4",)))
    def hotbar_4(self, pressed: bool) -> None:
        self.held.hold(Key.HOTBAR_4, pressed)

    @input(description="Slot 5", binding=hold(keys=("Digit5",)))
    def hotbar_5(self, pressed: bool) -> None:
        self.held.hold(Key.HOTBAR_5, pressed)

    @input(description="Slot 6", binding=hold(keys=("Digit6",)))
    def hotbar_6(self, pressed: bool) -> None:
        self.held.hold(Key.HOTBAR_6, pressed)

    @input(description="Slot 7", binding=hold(keys=("Digit7",)))
    def hotbar_7(self, pressed: bool) -> None:
        self.held.hold(Key.HOTBAR_7, pressed)

    @input(description="Slot 8", binding=hold(keys=("Digit8",)))
    def hotbar_8(self, pressed: bool) -> None:
        self.held.hold(Key.HOTBAR_8, pressed)

    @input(description="Slot 9", binding=hold(keys=("Digit9",)))
    def hotbar_9(self, pressed: bool) -> None:
        self.held.hold(Key.HOTBAR_9, pressed)

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
                engine.reset(seed_frame=self.seed_frame)
            await self.ctx.publish("main_video", engine.step(self.take_action()))


class OasisConfig(BaseModel, extra="forbid"):
    """The configuration. ``stub`` plays without the model, as `lucid serve --stub` does."""

    engine: Literal["upstream", "stub"] = "upstream"


class OasisModel(LucidModel[OasisConfig]):
    """The loaded model, shared by its sessions."""

    name = "oasis"
    repo = "Etched/oasis-500m"
    licence = "mit"
    config_cls = OasisConfig
    session_cls = OasisSession
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
