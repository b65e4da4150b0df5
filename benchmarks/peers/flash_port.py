"""A port that flashes white and beeps at once, each second, over a steady tone."""

from __future__ import annotations

import numpy as np

from lucid import LucidModel, LucidSession, SessionContext, hold, input, publish

WIDTH, HEIGHT, FPS, RATE_HZ = 640, 360, 30, 48_000
BLOCK = RATE_HZ // FPS


class FlashSession(LucidSession["FlashModel"]):
    def __init__(self, model: FlashModel, ctx: SessionContext) -> None:
        super().__init__(model, ctx)
        self.index = 0

    @input(binding=hold(keys=("KeyW",)))
    def forward(self, pressed: bool) -> None:
        """Do nothing: an input may start a step early."""

    async def run(self) -> None:
        while self.ctx.running:
            on = self.index % FPS == 0
            at = np.arange(self.index * BLOCK, (self.index + 1) * BLOCK) / RATE_HZ
            beep = np.sin(2 * np.pi * 1000 * at) * (0.8 if on else 0)
            tone = np.sin(2 * np.pi * 300 * at) * 0.4
            self.index += 1
            await self.ctx.publish("sound", np.stack([beep, tone], 1))
            await self.ctx.publish(
                "main_video", np.full((HEIGHT, WIDTH, 3), 255 if on else 0, np.uint8)
            )


class FlashModel(LucidModel):
    name = "flash"
    session_cls = FlashSession
    outputs = (
        publish.video(name="main_video", width=WIDTH, height=HEIGHT, fps=FPS),
        publish.audio(name="sound", sample_rate_hz=RATE_HZ, channels=2),
    )
