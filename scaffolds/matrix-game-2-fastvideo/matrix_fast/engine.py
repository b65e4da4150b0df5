"""The world model: everything that is specific to it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any, Literal

import numpy as np
from lucid import LoadContext
from lucid.conditioning import MouseScale

REPO = "FastVideo/Matrix-Game-2.0-Base-Diffusers"
COMMIT = "67ae0a54b526251e39bebd99ee439cb908f39401"
WIDTH, HEIGHT = 640, 352
FPS = 25
FRAMES_PER_STEP = 12
LAYOUT: Literal["HWC", "CHW"] = "CHW"
PIXEL_RANGE: Literal["uint8", "[0,1]", "[-1,1]"] = "[-1,1]"
MOUSE = MouseScale(per_pixel=0.01, limit=1.0)
NOT_WRITTEN = "engine.py does not run the model yet, `lucid serve --stub` plays without it; open: "
OPEN = ["context_steps", "engine_calls"]
NOT_WRITTEN += ", ".join(OPEN)


class Key(Enum):
    """What can be held. Give each the code or index that the model has for it."""

    FORWARD = "forward"
    BACK = "back"
    LEFT = "left"
    RIGHT = "right"


@dataclass(frozen=True)
class Action:
    """What the player does during one step."""

    held: frozenset[Key] = frozenset()
    look: tuple[float, float] = (0.0, 0.0)
    """Motion of the view in the model's unit: +x right, +y down."""


class Engine:
    """Lucid makes every call on one thread: load, reset, then step by step."""

    # TODO(lucid): engine_calls: How is the engine fastvideo.StreamingVideoGenerator loaded, stepped with an action, and reset?
    def load(self, ctx: LoadContext) -> None:
        """Load the weights and run one step with the real shapes."""
        raise NotImplementedError(NOT_WRITTEN)

    # TODO(lucid): context_steps: After how many steps does the context end, and what must a reset clear?
    def reset(self, seed_frame: np.ndarray | None = None) -> None:
        """Start again at a (HEIGHT, WIDTH, 3) uint8 picture or, without one, anew."""
        raise NotImplementedError(NOT_WRITTEN)

    def step(self, action: Action) -> Any:
        """The next frame, or the next FRAMES_PER_STEP with one axis more in front."""
        raise NotImplementedError(NOT_WRITTEN)
