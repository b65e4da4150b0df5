"""A synthesizer that keys play: sound out, gapless and in step with the picture, no weights."""

from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from lucid import (
    LoadContext,
    LucidModel,
    LucidSession,
    SessionContext,
    hold,
    input,
    publish,
)
from lucid.conditioning import Held

WIDTH, HEIGHT, FPS, RATE_HZ = 640, 360, 30, 48_000
BLOCK = RATE_HZ // FPS  # samples per frame: a whole number, so that nothing is rounded
HZ = 261.63 * 2 ** (np.array([0, 2, 4, 5, 7, 9, 11, 12]) / 12)
OVERTONES = {  # loudness of each multiple of a note's frequency
    "organ": (0.5, 0.3, 0.0, 0.2),
    "reed": (0.3, 0.0, 0.25, 0.0, 0.2),
    "flute": (0.8, 0.1),
}
ATTACK_S, RELEASE_S = 0.01, 0.25
COLOURS = np.stack([np.linspace(255, 90, 8), np.linspace(120, 200, 8), np.linspace(60, 255, 8)], 1)
Instrument = Literal["organ", "reed", "flute"]


class BandSession(LucidSession["BandModel"]):
    def __init__(self, model: "BandModel", ctx: SessionContext) -> None:
        super().__init__(model, ctx)
        self.held = Held[int]()
        self.down = np.zeros(8, bool)
        self.loudness = np.zeros(8)  # of each note at the end of the last block
        self.cycles = np.zeros(8)  # phase of each note at the end of the last block
        self.instrument: Instrument = "organ"
        self.volume = 0.5

    @input(description="C", binding=hold(keys=("KeyA",)))
    def c(self, pressed: bool) -> None:
        self.held.hold(0, pressed)

    @input(description="D", binding=hold(keys=("KeyS",)))
    def d(self, pressed: bool) -> None:
        self.held.hold(1, pressed)

    @input(description="E", binding=hold(keys=("KeyD",)))
    def e(self, pressed: bool) -> None:
        self.held.hold(2, pressed)

    @input(description="F", binding=hold(keys=("KeyF",)))
    def f(self, pressed: bool) -> None:
        self.held.hold(3, pressed)

    @input(description="G", binding=hold(keys=("KeyG",)))
    def g(self, pressed: bool) -> None:
        self.held.hold(4, pressed)

    @input(description="A", binding=hold(keys=("KeyH",)))
    def a(self, pressed: bool) -> None:
        self.held.hold(5, pressed)

    @input(description="B", binding=hold(keys=("KeyJ",)))
    def b(self, pressed: bool) -> None:
        self.held.hold(6, pressed)

    @input(description="High C", binding=hold(keys=("KeyK",)))
    def high_c(self, pressed: bool) -> None:
        self.held.hold(7, pressed)

    @input(description="Instrument")
    def set_instrument(self, instrument: Instrument = "organ") -> None:
        self.instrument = instrument

    @input(description="Volume")
    def set_volume(self, volume: Annotated[float, Field(ge=0, le=1)] = 0.5) -> None:
        self.volume = volume

    async def run(self) -> None:
        while self.ctx.running:
            self.down = np.isin(np.arange(8), list(self.held.drain()))
            sound = self.play()
            levels = {"loudness": float(np.abs(sound).max()), "notes": int(self.down.sum())}
            await self.ctx.publish("sound", sound)
            await self.ctx.publish("levels", levels)
            await self.ctx.publish("main_video", self.model.draw(sound, self.loudness))

    def play(self) -> np.ndarray:
        """Return the next block, (BLOCK,) float32. Each note goes on where it was."""
        at = np.arange(1, BLOCK + 1)[:, None]
        rise, fall = at / (ATTACK_S * RATE_HZ), at / (RELEASE_S * RATE_HZ)
        loudness = np.clip(self.loudness + np.where(self.down, rise, -fall), 0, 1)
        cycles = self.cycles + at * HZ / RATE_HZ
        self.loudness, self.cycles = loudness[-1], cycles[-1] % 1
        waves = sum(
            share * np.sin(2 * np.pi * multiple * cycles)
            for multiple, share in enumerate(OVERTONES[self.instrument], 1)
        )
        mixed: np.ndarray = np.tanh((waves * loudness).sum(axis=1) * 0.6) * self.volume
        return mixed.astype(np.float32)


class BandModel(LucidModel):
    name = "band"
    description = "Play with the keys A to K"
    session_cls = BandSession
    outputs = (
        publish.video(name="main_video", width=WIDTH, height=HEIGHT, fps=FPS),
        publish.audio(name="sound", sample_rate_hz=RATE_HZ),
        publish.json(name="levels", description="Levels"),
    )

    def load(self, ctx: LoadContext) -> None:
        self.note = np.arange(WIDTH) * 8 // WIDTH  # of each column

    def create_session(self, ctx: SessionContext) -> BandSession:
        return BandSession(self, ctx)

    def draw(self, sound: np.ndarray, loudness: np.ndarray) -> np.ndarray:
        """Return a frame (H, W, 3) uint8: a bar for each note, and the wave over them."""
        frame = np.empty((HEIGHT, WIDTH, 3), np.uint8)
        frame[:] = (COLOURS * (0.15 + 0.85 * loudness[:, None]))[self.note]
        frame[:, np.arange(1, 8) * WIDTH // 8] = 20
        wave = (HEIGHT / 2 - sound[:WIDTH] * HEIGHT * 0.45).astype(int)
        for thick in (-1, 0, 1):
            frame[wave + thick, np.arange(WIDTH)] = 255
        return frame
