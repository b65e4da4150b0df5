"""A mirror that plays tricks: a camera in, a picture out, no weights."""

from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from lucid import (
    CameraFrame,
    LoadContext,
    LucidModel,
    LucidSession,
    SessionContext,
    camera_input,
    input,
    publish,
)

WIDTH, HEIGHT, FPS = 640, 360, 30
Trick = Literal["plain", "waves", "trails", "kaleidoscope"]


class MirrorSession(LucidSession["MirrorModel"]):
    def __init__(self, model: "MirrorModel", ctx: SessionContext) -> None:
        super().__init__(model, ctx)
        self.frame: CameraFrame | None = None
        self.trick: Trick = "waves"
        self.strength = 0.5
        self.last = model.glass
        self.steps = 0

    @input(description="Camera")
    def see(self, frame: CameraFrame | None = camera_input(size=(WIDTH, HEIGHT))) -> None:
        self.frame = frame

    @input(description="Trick")
    def set_trick(self, trick: Trick = "waves") -> None:
        self.trick = trick

    @input(description="Strength")
    def set_strength(self, strength: Annotated[float, Field(ge=0, le=1)] = 0.5) -> None:
        self.strength = strength

    async def run(self) -> None:
        while self.ctx.running:
            seen = self.model.glass if self.frame is None else self.frame.pixels[:, ::-1]
            self.last = self.model.reflect(
                seen, self.last, self.trick, self.strength, self.steps / FPS
            )
            self.steps += 1
            await self.ctx.publish("main_video", self.last)


class MirrorModel(LucidModel):
    name = "mirror"
    description = "Turn the camera on, choose a trick and move the slider"
    session_cls = MirrorSession
    outputs = (publish.video(name="main_video", width=WIDTH, height=HEIGHT, fps=FPS),)

    def load(self, ctx: LoadContext) -> None:
        self.rows, self.columns = np.mgrid[:HEIGHT, :WIDTH]
        shine = np.exp(-(((self.columns - self.rows * 0.8 - 150) / 90.0) ** 2))
        shade = 60 + 40 * self.rows / HEIGHT + 70 * shine
        self.glass = (shade[..., None] * (0.85, 0.95, 1.0)).astype(np.uint8)

    def create_session(self, ctx: SessionContext) -> MirrorSession:
        return MirrorSession(self, ctx)

    def reflect(
        self, seen: np.ndarray, last: np.ndarray, trick: Trick, strength: float, time_s: float
    ) -> np.ndarray:
        """Return the next frame, (H, W, 3) uint8, of what is seen and the frame before it."""
        match trick:
            case "waves":
                phase = np.arange(HEIGHT)[:, None] / 24 + 3 * time_s
                shift = np.round(40 * strength * np.sin(phase)).astype(int)
                waves: np.ndarray = seen[self.rows, (self.columns + shift) % WIDTH]
                return waves
            case "trails":
                kept = np.float32(0.97 * strength)
                mixed: np.ndarray = seen * (1 - kept) + last * kept
                return mixed.astype(np.uint8)
            case "kaleidoscope":
                width = WIDTH - 2 * round(WIDTH * 0.4 * strength)
                column = np.abs((np.arange(WIDTH) - WIDTH // 2) % (2 * width) - width)
                return seen[:, np.minimum(column, WIDTH - 1)]
        return np.ascontiguousarray(seen)
