"""The world model in play: an action in, the next picture out."""

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
DRAWN = 192, 144  # cut from the ring at this size and scaled up: the ring itself shows no more
FPS = 24
WALK, RUN = 0.07, 0.12  # cells a step, as the model saw them in training
TURN = 0.07  # radians a step by an arrow key
TURN_PER_PIXEL = 0.004
SEED_COLUMNS = 25 * TOKEN  # of a ring, that a picture to start from shows
GALLERY = Path(__file__).with_name("gallery")


@dataclass(frozen=True)
class Action:
    """What the player does during one step."""

    forward: float = 0.0
    """Cells to walk; negative is back."""
    right: float = 0.0
    """Cells to step aside."""
    turn: float = 0.0
    """Radians to turn, positive to the left."""


class Engine:
    """One play of the world, on the CPU; the same seed, inputs and weights give the same frames."""

    def load(self, ctx: LoadContext) -> None:
        """Load the weights and the frames that a world can start from."""
        ctx.progress("load weights")
        self._model = load()
        self.gallery = {path.stem: _picture(path) for path in sorted(GALLERY.glob("*.png"))}
        self._colors = {name: _colors(frame) for name, frame in self.gallery.items()}
        self.reset(next(iter(self.gallery.values())))
        self.step(Action(forward=WALK))

    def reset(self, seed_frame: np.ndarray, rng_seed: int = 0) -> None:
        """Start again before a (H, W, 3) uint8 picture, in the look that is nearest to its colors.

        What lies beside and behind it is dreamt. rng_seed: of the noise that frames are made from.
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
        """The next (HEIGHT, WIDTH, 3) uint8 picture."""
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
    """A picture's colors: (3, 4, 3), the means of a coarse grid."""
    return _resize(frame, 4, 3).astype(np.float32)
