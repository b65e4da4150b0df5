"""The engine of the port: takes an action and returns the next frame."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from lucid import LoadContext, read_weights

from .camera import SKY_COLUMNS, SKY_ROWS, Camera, Fading, draw, sky, surface
from .looks import LOOKS, of_picture
from .model import EVER, Play, Stored, load
from .saved import Numbers, from_bytes, to_bytes

WIDTH, HEIGHT = 640, 360
FPS = 24
WALK, RUN = 0.2, 0.42  # meters per frame
TURN = 0.05  # radians per frame for a key
TURN_PER_PIXEL = 0.003
PITCH = 0.35  # maximum slope of the picture's center
HIGHEST = 14.0  # meters that a player can rise above the ground
GALLERY = Path(__file__).with_name("gallery")
STARTS = Path(__file__).with_name("starts.safetensors")
BLEND = 36  # frames from one look to another
FADE = 7  # frames from one map to the next


@dataclass(frozen=True)
class Action:
    """The player's action during one frame."""

    forward: float = 0.0
    """Meters to walk; negative is back."""
    right: float = 0.0
    """Meters to step to the right."""
    turn: float = 0.0
    """Radians to turn, positive to the left."""
    tilt: float = 0.0
    """Slope to look up."""
    rise: bool = False
    """Whether to rise; otherwise the player glides down."""


class Engine:
    """Runs the world model on the CPU.

    The same start, seed, actions and weights give the same frames.
    """

    def load(self, ctx: LoadContext) -> None:
        """Load the weights and the starts."""
        ctx.progress("load weights")
        self._net = load()
        self._ever: deque[Stored] = deque(maxlen=EVER)
        stored = read_weights(STARTS)
        self._lands, self._headings = stored["maps"], stored["headings"].tolist()
        pictures = sorted(GALLERY.glob("*.png"))
        self.gallery = {path.stem: np.array(Image.open(path).convert("RGB")) for path in pictures}
        self.starts = list(self.gallery)
        self.start(self.starts[0])
        self.step(Action(forward=WALK))
        self.start(self.starts[0])

    def start(self, name: str, rng_seed: int = 0) -> None:
        """Start a walk at a place of the gallery, in its look. rng_seed: seed of the dreams."""
        number = self.starts.index(name)
        self._play = Play(
            self._net, self._lands[number].float(), rng_seed=rng_seed, ever=self._ever
        )
        self._heading, self._pitch, self._lift, self._speed = self._headings[number], 0.0, 0.0, 0.0
        self.step_m = self.walked_m = 0.0  # in the last step, and since the start
        self._look = self._goal = LOOKS[name.split("-")[0]][1]
        self._panorama = self._sky = sky(self._look)
        self._view: tuple[Camera, int, int, int] | None = None  # what the last frame shows
        self._left = 0  # frames until the look is the wanted one
        self._fade = 0  # frames until a dreamt map has replaced the last one
        self._old_move = 0.0, 0.0  # meters between the origins of these maps
        self._show(self._play.land, self._look)

    def _show(self, land: Tensor, look: Tensor) -> None:
        self._shown = land, look
        self._seen = surface(land, look)

    def forget(self) -> None:
        """Forget the maps of earlier walks, to which nobody goes back."""
        self._ever.clear()

    def snapshot(self, numbers: dict[str, Any]) -> bytes:
        """Return the state of the walk, with numbers of the player."""
        play = self._play
        tensors = {
            "land": play.land,
            "random": play.random.get_state(),
            "look": self._look,
            "goal": self._goal,
        }
        if self._left:
            tensors["panorama"] = self._panorama
        if self._fade:
            tensors["old_land"], tensors["old_look"] = self._old_shown
        return to_bytes(
            Numbers(
                dreamt=play.dreamt,
                stored=play.stored,
                place=play.place,
                origin=play.origin,
                heading=self._heading,
                pitch=self._pitch,
                lift=self._lift,
                speed=self._speed,
                step_m=self.step_m,
                walked_m=self.walked_m,
                blend=self._left,
                fade=self._fade,
                fade_move=self._old_move,
                **numbers,
            ),
            tensors,
        )

    def restore(self, data: bytes) -> Numbers:
        """Go back to a snapshot; return its numbers.

        Raises:
            ValueError: it is none, or too long ago.
        """
        play, look = self._play, self._look
        like = {
            "land": play.land,
            "random": play.random.get_state(),
            "look": look,
            "goal": look,
            "panorama": torch.empty(3, SKY_COLUMNS, SKY_ROWS),
            "old_land": play.land,
            "old_look": look,
        }
        numbers, tensors = from_bytes(data, like)
        needed = {"land", "random", "look", "goal"}
        needed |= {"panorama"} if numbers.blend else set()
        needed |= {"old_land", "old_look"} if numbers.fade else set()
        if tensors.keys() != needed or numbers.blend > BLEND or numbers.fade > FADE:
            raise ValueError("this is not the state of a walk")
        play.remember(numbers.stored)
        play.land, play.dreamt = tensors["land"], numbers.dreamt
        play.place, play.origin = numbers.place, numbers.origin
        play.random.set_state(tensors["random"])
        self._heading, self._pitch = numbers.heading, numbers.pitch
        self._lift, self._speed = numbers.lift, numbers.speed
        self.step_m, self.walked_m = numbers.step_m, numbers.walked_m
        if not torch.equal(self._goal, tensors["goal"]):
            self._goal, self._sky = tensors["goal"], sky(tensors["goal"])
        self._look, self._left, self._fade = tensors["look"], numbers.blend, numbers.fade
        self._panorama = tensors.get("panorama", self._sky)
        self._view = None
        self._show(play.land, self._look)
        self._old_move = numbers.fade_move
        if self._fade:
            self._old_shown = tensors["old_land"], tensors["old_look"]
            self._old = surface(*self._old_shown)
        return numbers

    def set_look(self, look: Tensor) -> None:
        """Let the world change to a look over the next frames."""
        self._goal, self._sky, self._left = look, sky(look), BLEND

    def set_picture(self, picture: NDArray[np.uint8]) -> None:
        """Give the world the colors and the light of a picture (height, width, 3).

        A picture of the gallery starts a walk at its place instead.
        """
        for name, known in self.gallery.items():
            if picture.shape == known.shape and np.abs(picture.astype(int) - known).mean() < 4:
                self.start(name)
                return
        self.set_look(of_picture(picture))

    def step(self, action: Action, *, temperature: float = 1.0) -> NDArray[np.uint8]:
        """Return the next frame, (HEIGHT, WIDTH, 3)."""
        self._heading += action.turn
        self._pitch = min(PITCH, max(-PITCH, self._pitch + action.tilt))
        self._speed = (
            min(0.28, self._speed + 0.05) if action.rise else max(-0.16, self._speed - 0.03)
        )
        self._lift = min(HIGHEST, self._lift + self._speed)
        if self._lift <= 0:  # on the ground
            self._lift = self._speed = 0.0
        cos, sin = math.cos(self._heading), math.sin(self._heading)
        move = (
            action.forward * cos + action.right * sin,
            action.forward * sin - action.right * cos,
        )
        dreamt, origin, place = self._play.dreamt, self._play.origin, self._play.place
        self._play.step(move, temperature)
        self.step_m = math.dist(place, self._play.place)
        self.walked_m += self.step_m
        self._fade = max(0, self._fade - 1)
        if self._left:
            share = 1 / self._left
            self._look = torch.lerp(self._look, self._goal, share)
            self._panorama = torch.lerp(self._panorama, self._sky, share)
            self._left -= 1
        if dreamt != self._play.dreamt:
            to = self._play.origin
            self._old, self._old_shown = self._seen, self._shown
            self._old_move, self._fade = (to[0] - origin[0], to[1] - origin[1]), FADE
        if self._left or dreamt != self._play.dreamt:
            self._show(self._play.land, self._look)
        x, y = self._play.here
        camera = Camera(x, y, self._heading, self._pitch, self._lift, self._play.origin)
        fading = Fading(self._old, self._old_move, self._fade / FADE) if self._fade else None
        # The tensors are replaced when they change, so their ids say whether the view is the same.
        view = camera, self._fade, id(self._seen), id(self._panorama)
        if view != self._view:
            drawn = draw(
                self._seen, self._panorama, self._look, camera, WIDTH, HEIGHT, fading=fading
            )
            self._frame, self._view = drawn.numpy(), view
        return self._frame
