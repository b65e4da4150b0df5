"""Ripples: predicts the next picture of a pond from the last two."""

from pathlib import Path

import numpy as np

HEIGHT, WIDTH = 180, 320
WEIGHTS = Path(__file__).parent / "weights.npz"


class Ripples:
    """18 weights: two 3x3 kernels, for the last frame and for the one before it."""

    def __init__(self, kernels: np.ndarray) -> None:
        self.kernels = kernels  # (2, 3, 3) float32
        self.reset()

    @classmethod
    def load(cls, path: Path = WEIGHTS) -> "Ripples":
        """Read the weights that train.py wrote."""
        with np.load(path) as file:
            return cls(file["kernels"])

    def reset(self) -> None:
        """Start with still water."""
        self.frames = np.zeros((2, HEIGHT, WIDTH), np.float32)  # the last, and the one before

    def step(self, push: np.ndarray) -> np.ndarray:
        """Predict the next (HEIGHT, WIDTH) frame of heights, about -1..1.

        ``push`` (HEIGHT, WIDTH) is added to the water first: a stone, a finger, a boat.
        """
        self.frames[0] += push
        following = np.zeros((HEIGHT, WIDTH), np.float32)
        for weight, patch in zip(self.kernels.ravel(), patches(self.frames), strict=True):
            following += weight * patch
        self.frames = np.stack([following, self.frames[0]])
        return following


def patches(frames: np.ndarray) -> list[np.ndarray]:
    """Each frame of (2, H, W), moved by each place of a 3x3 kernel: 18 arrays (H, W)."""
    _, height, width = frames.shape
    padded = np.pad(frames, ((0, 0), (1, 1), (1, 1)), mode="edge")  # waves come back from the shore
    return [
        padded[frame, y : y + height, x : x + width]
        for frame in range(2)
        for y in range(3)
        for x in range(3)
    ]


def drop(x: float, y: float, radius: float) -> np.ndarray:
    """A round push of (HEIGHT, WIDTH) at a place, in pixels."""
    rows, columns = np.mgrid[:HEIGHT, :WIDTH].astype(np.float32)
    square = (columns - np.float32(x)) ** 2 + (rows - np.float32(y)) ** 2
    return np.exp(-square / np.float32(radius**2))


def picture(heights: np.ndarray) -> np.ndarray:
    """Light on the water: (HEIGHT, WIDTH, 3) uint8 RGB."""
    slope = np.diff(heights, axis=1, prepend=heights[:, :1])
    light = np.clip(0.45 + 2.5 * slope + 0.1 * heights, 0, 1)[..., None]
    deep, bright = np.array([8, 40, 70]), np.array([190, 240, 250])
    return (deep + (bright - deep) * light).astype(np.uint8)
