"""Two ports that keep every promise. The broken ports of mutants.py derive from them."""

from __future__ import annotations

import pickle
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
from pydantic import BaseModel, Field

from lucid import (
    CameraFrame,
    InputFile,
    LoadContext,
    LucidModel,
    LucidSession,
    MicrophoneSound,
    SessionContext,
    axis,
    camera_input,
    hold,
    image_input,
    input,
    microphone_input,
    pointer,
    press,
    publish,
    wheel,
)
from lucid.authoring.outputs import Output
from lucid.conditioning import Axes, Held

WIDTH, HEIGHT, FPS = 32, 16, 20
RATE_HZ = 8_000
STATE = ("world", "held", "leaning", "moved", "jumps", "steps", "sound_debt")


class World:
    """A world whose frames show a number for each thing that a player can change."""

    def __init__(self, rng_seed: int = 0) -> None:
        self.random = np.random.default_rng(rng_seed)
        self.place = np.zeros(4)
        self.tint = np.zeros(3)
        self.view = 40.0 + 10 * np.arange(WIDTH)[None, :, None] % 90

    def show(self, picture: np.ndarray) -> None:
        """Start from a picture: (HEIGHT, WIDTH, 3) uint8."""
        self.tint = picture.mean(axis=(0, 1))
        self.view = picture * 0.75

    def step(self, motion: np.ndarray) -> np.ndarray:
        """Return a frame: (HEIGHT, WIDTH, 3) uint8."""
        self.place += motion
        noise = self.random.integers(0, 60, (HEIGHT, WIDTH, 3))
        frame = noise + self.view
        frame[0, :4, 0] = np.round(self.place * 16) % 200
        frame[1, :3, 1] = self.tint % 200
        return frame.astype(np.uint8)


class CleanSession(LucidSession["CleanModel"]):
    def __init__(self, model: CleanModel, ctx: SessionContext) -> None:
        super().__init__(model, ctx)
        self.world = World()
        self.held = Held[str]()
        self.leaning = Axes(1)
        self.moved = np.zeros(2)
        self.jumps = 0
        self.steps = 0
        self.sound_debt = 0.0

    @input(description="Forward", binding=hold(keys=("KeyW",)))
    def forward(self, pressed: bool) -> None:
        self.hold("forward", pressed)

    @input(description="Back", binding=hold(keys=("KeyS",)))
    def back(self, pressed: bool) -> None:
        self.hold("back", pressed)

    @input(description="Run, while walking", binding=hold(keys=("ShiftLeft",)))
    def run_faster(self, pressed: bool) -> None:
        self.hold("fast", pressed)

    @input(binding=axis(positive_keys=("KeyE",), negative_keys=("KeyQ",)))
    def lean(self, value: float) -> None:
        self.leaning.pull(0, value)

    @input(binding=pointer())
    def look(self, dx: float, dy: float) -> None:
        self.moved += (dx, dy)

    @input(binding=wheel())
    def zoom(self, delta: float) -> None:
        self.moved[0] += 8 * delta

    @input(binding=press(keys=("Space",)))
    def jump(self) -> None:
        self.jumps += 1

    @input(description="Weather: rain, snow or fog")
    def set_prompt(self, prompt: str) -> None:
        self.world.tint = np.frombuffer(prompt.encode()[:3].ljust(3), np.uint8).astype(float)

    @input(paused=True)
    def set_seed_frame(self, image: InputFile = image_input(size=(WIDTH, HEIGHT))) -> None:
        self.world.show(image.rgb((WIDTH, HEIGHT)))

    @input(paused=True)
    def restart(self, seed: int = 0) -> None:
        self.world = World(abs(seed))

    @input()
    def tune(
        self,
        strength: Annotated[float, Field(ge=0, le=1)],
        mode: Literal["walk", "fly"] = "walk",
    ) -> None:
        self.world.tint = np.array([strength * 100, mode == "fly", 7.0])

    @input()
    def see(self, frame: CameraFrame | None = camera_input(size=(WIDTH, HEIGHT))) -> None:
        self.show_camera(frame)

    @input()
    def hear(self, sound: MicrophoneSound | None = microphone_input()) -> None:
        self.world.tint = np.full(3, 0.0 if sound is None else 100 * abs(sound.samples).max())

    def show_camera(self, frame: CameraFrame | None) -> None:
        self.world.tint = np.zeros(3) if frame is None else frame.pixels.mean(axis=(0, 1))

    def hold(self, name: str, pressed: bool) -> None:
        self.held.hold(name, pressed)

    def motion(self) -> np.ndarray:
        """Return the action of the next step. Taps and motion count once."""
        held = self.held.drain()
        pace = 2.0 if "fast" in held else 1.0
        walk = pace * (("forward" in held) - ("back" in held))
        (leaning,) = self.leaning.drain()
        motion = np.array([walk, leaning, self.moved[0] % 97, self.jumps + self.moved[1] % 97])
        self.moved[:] = 0
        self.jumps = 0
        return motion

    def snapshot(self) -> bytes:
        return pickle.dumps([getattr(self, name) for name in STATE])

    def restore(self, snapshot: bytes) -> None:
        for name, value in zip(STATE, pickle.loads(snapshot), strict=True):
            setattr(self, name, value)

    async def run(self) -> None:
        while self.ctx.running:
            await self.step()

    async def step(self) -> None:
        frame = self.make_frame()
        self.steps += 1
        await self.extras()
        await self.ctx.publish("main_video", frame)

    def make_frame(self) -> Any:
        return self.world.step(self.motion())

    async def extras(self) -> None:
        samples = RATE_HZ / FPS + self.sound_debt
        self.sound_debt = samples % 1
        await self.ctx.publish("sound", np.full(int(samples), 0.25, np.float32))
        await self.ctx.publish("score", {"step": self.steps}, ts_ms=50.0 * self.steps)


class CleanConfig(BaseModel):
    engine: Literal["real", "stub"] = "real"


class CleanModel(LucidModel[CleanConfig]):
    name = "clean"
    session_cls: ClassVar[type[LucidSession[Any]]] = CleanSession
    config_cls: ClassVar[type[BaseModel]] = CleanConfig
    max_sessions = 2
    outputs: ClassVar[tuple[Output, ...]] = (
        publish.video(name="main_video", width=WIDTH, height=HEIGHT, fps=FPS),
        publish.audio(name="sound", sample_rate_hz=RATE_HZ),
        publish.json(name="score"),
    )

    def load(self, ctx: LoadContext) -> Any:
        ctx.progress("weights", 0.5)
        ctx.progress("weights", 1.0)

    def unload(self) -> Any:
        pass
