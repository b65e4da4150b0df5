"""The world that all peers stream: cheap frames that show the number of the last input."""

from __future__ import annotations

import os

import numpy as np

WIDTH, HEIGHT = (int(side) for side in os.environ.get("BENCH_SIZE", "640x360").split("x"))
FPS = int(os.environ.get("BENCH_FPS", "30"))
BITS = 8
POOL = 24


class World:
    """A drifting texture; black and white fields along the top encode the number."""

    def __init__(self) -> None:
        rng = np.random.default_rng(0)
        coarse = rng.integers(40, 216, (HEIGHT // 20 + 2, WIDTH // 20 + 2, 3), dtype=np.uint8)
        texture = coarse.repeat(20, 0).repeat(20, 1)[:HEIGHT, :WIDTH]
        fine = rng.integers(-12, 12, (HEIGHT, WIDTH, 1))
        texture = np.clip(texture.astype(int) + fine, 0, 255).astype(np.uint8)
        self._pool = [np.roll(texture, 5 * step, axis=1) for step in range(POOL)]
        self._step = 0

    def frame(self, number: int) -> np.ndarray:
        """Return a new frame, (H, W, 3) uint8 RGB."""
        frame = self._pool[self._step % POOL].copy()
        self._step += 1
        field = WIDTH // BITS
        for bit in range(BITS):
            frame[: field // 2, bit * field : (bit + 1) * field] = 255 if number >> bit & 1 else 0
        return frame
