"""A port that keeps every promise, with chunks of float frames whose channels come first."""

from __future__ import annotations

from typing import Any

import numpy as np

from lucid import publish
from tests.conformance.ports import FPS, HEIGHT, WIDTH, CleanModel, CleanSession

FRAMES_PER_STEP = 2
BAR = 6


class FloatSession(CleanSession):
    def make_frame(self) -> Any:
        frames = self.with_bar(self.chunk())
        return (frames.transpose(0, 3, 1, 2) / 255).astype(np.float32)

    def chunk(self) -> np.ndarray:
        return np.stack([self.world.step(self.motion()) for _ in range(FRAMES_PER_STEP)])

    def with_bar(self, frames: np.ndarray) -> np.ndarray:
        """Draw a bar that moves to the right, by 3 pixels per frame."""
        for index, frame in enumerate(frames):
            columns = np.arange(BAR) + 3 * (self.steps * len(frames) + index)
            frame[4:, columns % WIDTH] = 255
        return frames

    async def extras(self) -> None:
        self.ctx.record_inference_ms(1.0)


class FloatModel(CleanModel):
    """A CHW float port in chunks of two, without sound."""

    name = "float"
    session_cls = FloatSession
    outputs = (
        publish.video(
            name="main_video",
            width=WIDTH,
            height=HEIGHT,
            fps=FPS,
            layout="CHW",
            pixel_range="[0,1]",
        ),
    )
