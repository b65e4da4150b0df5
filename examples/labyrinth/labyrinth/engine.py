"""The engine of the port: takes an action and returns the next frame."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch.nn import functional

from lucid import LoadContext

from .looks import LOOK_NAMES
from .model import STEPS, TEMPERATURE, Play, load
from .ring import COLUMN, TOKEN, picture, strip

WIDTH, HEIGHT = 640, 480
DRAWN = 192, 144  # size before upscaling; the ring has no more detail
FPS = 24
WALK, RUN = 0.07, 0.12  # cells per step, as in training
TURN = 0.07  # radians per step for an arrow key
TURN_PER_PIXEL = 0.004
SEED_COLUMNS = 25 * TOKEN  # columns of the ring that a seed frame covers
GALLERY = Path(__file__).with_name("gallery")


@dataclass(frozen=True)
class Action:
    """The player's action during one step."""

    forward: float = 0.0
    """Cells to walk; negative is back."""
    right: float = 0.0
    """Cells to step to the right."""
    turn: float = 0.0
    """Radians to turn, positive to the left."""


class Engine:
    """Runs the world model on the CPU. The same seed, actions and weights give the same frames."""

    def load(self, ctx: LoadContext) -> None:
        """Load the weights and the gallery."""
        ctx.progress("load weights")
        self._model = load()
        self.gallery = {path.stem: _picture(path) for path in sorted(GALLERY.glob("*.png"))}
        self._colors = {name: _colors(frame) for name, frame in self.gallery.items()}
        self.reset(next(iter(self.gallery.values())))
        self.step(Action(forward=WALK))

    def reset(self, seed_frame: np.ndarray, rng_seed: int = 0) -> None:
        """Start a rollout at a seed frame (H, W, 3) uint8, in the look with the nearest colors.

        The model generates the world beside and behind the frame. rng_seed: seed of the noise.
        """
        frame = torch.from_numpy(_resize(seed_frame, WIDTH, HEIGHT))
        pixels = frame.permute(2, 0, 1)[None].float() / 127.5 - 1
        with torch.inference_mode():
            seen = self._model.encoder(strip(pixels, SEED_COLUMNS))
        self._play = Play.dreamt(self._model, seen, rng_seed)
        self._heading = -SEED_COLUMNS / 2 * COLUMN
        colors = _colors(seed_frame)
        nearest = min(
            self._colors, key=lambda name: float(np.abs(self._colors[name] - colors).sum())
        )
        self.look = LOOK_NAMES.index(nearest.split("-")[0])

    def step(
        self, action: Action, *, denoising_steps: int = STEPS, temperature: float = TEMPERATURE
    ) -> np.ndarray:
        """Return the next frame, (HEIGHT, WIDTH, 3) uint8."""
        self._heading += action.turn
        cos, sin = math.cos(self._heading), math.sin(self._heading)
        move = (
            action.forward * cos + action.right * sin,
            action.forward * sin - action.right * cos,
        )
        self._play.step(move, steps=denoising_steps, temperature=temperature)
        drawn = picture(*self._play.strip(self._heading, self.look), *DRAWN)[0]
        pixels = ((drawn + 1) * 127.5).round().clamp(0, 255).to(torch.uint8)
        return _resize(pixels.permute(1, 2, 0).numpy(), WIDTH, HEIGHT)


def _resize(frame: np.ndarray, width: int, height: int) -> np.ndarray:
    pixels = torch.tensor(frame).contiguous()[None].permute(0, 3, 1, 2)  # channels last: faster
    resized = functional.interpolate(pixels, (height, width), mode="bicubic", antialias=True)
    return resized[0].permute(1, 2, 0).numpy()


def _picture(path: Path) -> np.ndarray:
    return np.asarray(Image.open(path).convert("RGB"))


def _colors(frame: np.ndarray) -> np.ndarray:
    """Return the mean colors (3, 4, 3) of a coarse grid over a picture."""
    return _resize(frame, 4, 3).astype(np.float32)
