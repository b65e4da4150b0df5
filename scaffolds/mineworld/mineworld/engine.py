"""The world model: everything that is specific to it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any, Literal

import numpy as np
from lucid import LoadContext
from lucid.conditioning import MouseScale

REPO = "microsoft/mineworld"
COMMIT = "3399379743994f9b38e2338856743ddc102fdb64"
WIDTH, HEIGHT = 384, 224
# TODO(lucid): fps: How many frames a second was the model trained to play at?
FPS = 30
FRAMES_PER_STEP = 1
# TODO(lucid): pixels: What are the frames' axes (HWC or CHW) and range (uint8, [0,1] or [-1,1])?
LAYOUT: Literal["HWC", "CHW"] = "HWC"
PIXEL_RANGE: Literal["uint8", "[0,1]", "[-1,1]"] = "uint8"
MOUSE = MouseScale(per_pixel=0.01, limit=1.0)
NOT_WRITTEN = (
    "engine.py does not run the model yet, `lucid serve --stub` plays without it; open: "
    "fps, pixels, denoising_steps, variant, engine_calls"
)


class Key(Enum):
    """What can be held. Give each the code or index that the model has for it."""

    FORWARD = "forward"
    BACK = "back"
    LEFT = "left"
    RIGHT = "right"
    JUMP = "jump"
    SNEAK = "sneak"
    SPRINT = "sprint"
    ATTACK = "attack"
    USE = "use"
    DROP = "drop"
    INVENTORY = "inventory"
    HOTBAR_1 = "hotbar_1"
    HOTBAR_2 = "hotbar_2"
    HOTBAR_3 = "hotbar_3"
    HOTBAR_4 = "hotbar_4"
    HOTBAR_5 = "hotbar_5"
    HOTBAR_6 = "hotbar_6"
    HOTBAR_7 = "hotbar_7"
    HOTBAR_8 = "hotbar_8"
    HOTBAR_9 = "hotbar_9"


@dataclass(frozen=True)
class Action:
    """What the player does during one step."""

    held: frozenset[Key] = frozenset()
    look: tuple[float, float] = (0.0, 0.0)
    """Motion of the view in the model's unit: +x right, +y down."""


class Engine:
    """Lucid makes every call on one thread: load, reset, then step by step."""

    # TODO(lucid): denoising_steps: How many denoising steps does one step of the world take?
    # TODO(lucid): variant: Which of its models is to be played: 300M_16f, 700M_16f, 700M_32f, 1200M_16f, 1200M_32f?
    # TODO(lucid): engine_calls: How is the engine lvm.LlamaLVM loaded, stepped with an action, and reset?
    def load(self, ctx: LoadContext) -> None:
        """Load the weights and run one step with the real shapes."""
        raise NotImplementedError(NOT_WRITTEN)

    def reset(self, seed_frame: np.ndarray | None = None) -> None:
        """Start again at a (HEIGHT, WIDTH, 3) uint8 picture or, without one, anew."""
        raise NotImplementedError(NOT_WRITTEN)

    def step(self, action: Action) -> Any:
        """The next frame, or the next FRAMES_PER_STEP with one axis more in front."""
        raise NotImplementedError(NOT_WRITTEN)
