"""The world model in play: an action in, the next picture out."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from lucid import LoadContext

from .looks import LOOK_NAMES
from .model import HEIGHT as MODEL_HEIGHT
from .model import STEPS, TEMPERATURE, Memory, load
from .model import WIDTH as MODEL_WIDTH

WIDTH, HEIGHT = 640, 480
FPS = 20
WALK, RUN = 0.07, 0.12  # cells a step, as in the frames that the model learnt from
TURN = 0.07  # radians a step by an arrow key
TURN_PER_PIXEL = 0.004
SHARPEST_TURN = 0.2  # the model saw none sharper in one step
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
        self.step(Action())

    def reset(self, seed_frame: np.ndarray, seed: int = 0) -> None:
        """Start again before a (H, W, 3) uint8 picture, in the look that is nearest to its colors.

        seed: of the noise that frames are made from.
        """
        frame = _resize(seed_frame, MODEL_WIDTH, MODEL_HEIGHT)
        pixels = torch.from_numpy(frame.copy()).permute(2, 0, 1).float() / 127.5 - 1
        self._memory = Memory(pixels)
        self._random = torch.Generator().manual_seed(seed)
        colors = _colors(frame)
        nearest = min(
            self._colors, key=lambda name: float(np.abs(self._colors[name] - colors).sum())
        )
        self.look = LOOK_NAMES.index(nearest.split("-")[0])

    def step(
        self, action: Action, *, denoising_steps: int = STEPS, temperature: float = TEMPERATURE
    ) -> np.ndarray:
        """The next (HEIGHT, WIDTH, 3) uint8 picture."""
        past, turns = self._memory.recall(action.turn)
        noise = torch.randn(past[:, 0].shape, generator=self._random) * temperature
        moves = torch.tensor([[action.forward, action.right, action.turn]])
        look = torch.tensor([self.look])
        frame = self._model.dream(past, turns, moves, look, noise, steps=denoising_steps)[0]
        self._memory.keep(frame, action.turn)
        pixels = ((frame + 1) * 127.5).round().to(torch.uint8).permute(1, 2, 0).numpy()
        return _resize(pixels, WIDTH, HEIGHT)


def _resize(frame: np.ndarray, width: int, height: int) -> np.ndarray:
    return np.asarray(Image.fromarray(frame).resize((width, height), Image.Resampling.BICUBIC))


def _picture(path: Path) -> np.ndarray:
    return np.asarray(Image.open(path).convert("RGB"))


def _colors(frame: np.ndarray) -> np.ndarray:
    """A picture's colors: (3, 4, 3), the means of a coarse grid."""
    return _resize(frame, 4, 3).astype(np.float32)
