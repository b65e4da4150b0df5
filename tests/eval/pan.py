"""A port whose picture moves by known amounts: keys pan it, and drift makes it darker."""

from __future__ import annotations

import os

import numpy as np

from lucid import LucidModel, LucidSession, SessionContext, hold, input, publish

WIDTH, HEIGHT, SPEED = 128, 96, 3


class PanSession(LucidSession["PanModel"]):
    def __init__(self, model: PanModel, ctx: SessionContext) -> None:
        super().__init__(model, ctx)
        self.held: set[str] = set()
        self.x = self.y = 0

    def note(self, name: str, pressed: bool) -> None:
        (self.held.add if pressed else self.held.discard)(name)

    @input(binding=hold(keys=("ArrowLeft",)))
    def turn_left(self, pressed: bool) -> None:
        self.note("left", pressed)

    @input(binding=hold(keys=("ArrowRight",)))
    def turn_right(self, pressed: bool) -> None:
        self.note("right", pressed)

    @input(binding=hold(keys=("ArrowUp",)))
    def look_up(self, pressed: bool) -> None:
        self.note("up", pressed)

    async def run(self) -> None:
        while self.ctx.running:
            self.x += SPEED * (("left" in self.held) - ("right" in self.held))
            self.y += SPEED * ("up" in self.held)
            view = np.roll(self.model.land, (self.y, self.x), (0, 1))[:HEIGHT, :WIDTH]
            if self.model.is_dazed:  # another picture each time, and keys that do nothing
                self.x = self.y = 0
                view = view - np.random.default_rng().integers(0, 60, view.shape, np.uint8)
            await self.ctx.publish("main_video", view)


class PanModel(LucidModel):
    name = "pan"
    session_cls = PanSession
    outputs = (publish.video(name="main_video", width=WIDTH, height=HEIGHT, fps=24),)
    is_dazed = "LUCID_TEST_DAZED" in os.environ

    def load(self, ctx: object) -> None:
        """Make a smooth picture of 512x512 pixels that repeats."""
        waves = np.fft.rfft2(np.random.default_rng(3).normal(size=(512, 512, 3)), axes=(0, 1))
        far = np.hypot(np.fft.fftfreq(512)[:, None], np.fft.rfftfreq(512))
        smooth = np.fft.irfft2(waves * np.exp(-((far / 0.06) ** 2))[..., None], axes=(0, 1))
        self.land = (130 + 40 * smooth / smooth.std()).clip(60, 255).astype(np.uint8)
