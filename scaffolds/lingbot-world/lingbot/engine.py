"""The world model: everything that is specific to it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any, Literal

import numpy as np
from lucid import LoadContext

REPO = "robbyant/lingbot-world-base-cam"
COMMIT = "cefeedc7fbfbe971b2480467284be6001fb808a8"
WIDTH, HEIGHT = 832, 480
FPS = 16
FRAMES_PER_STEP = 1
LAYOUT: Literal["HWC", "CHW"] = "CHW"
PIXEL_RANGE: Literal["uint8", "[0,1]", "[-1,1]"] = "[-1,1]"
NOT_WRITTEN = "engine.py does not run the model yet, `lucid serve --stub` plays without it; open: "
OPEN = ["chunk", "context_steps", "engine_calls"]
NOT_WRITTEN += ", ".join(OPEN)


class Key(Enum):
    """What can be held. Give each the code or index that the model has for it."""

    FORWARD = "forward"
    LEFT = "left"
    BACK = "back"
    RIGHT = "right"
    LOOK_UP = "look_up"
    LOOK_LEFT = "look_left"
    LOOK_DOWN = "look_down"
    LOOK_RIGHT = "look_right"


@dataclass(frozen=True)
class Action:
    """What the player does during one step."""

    held: frozenset[Key] = frozenset()


class Engine:
    """Lucid makes every call on one thread: load, reset, then step by step."""

    # TODO(lucid): chunk: Does a step make a chunk that follows the last one, or the whole clip at once, and of how many frames?
    # TODO(lucid): engine_calls: How is the engine wan.WanI2V loaded, stepped with an action, and reset?
    def load(self, ctx: LoadContext) -> None:
        """Load the weights and run one step with the real shapes."""
        raise NotImplementedError(NOT_WRITTEN)

    # TODO(lucid): context_steps: After how many steps does the context end, and what must a reset clear?
    def reset(self, seed_frame: np.ndarray | None = None) -> None:
        """Start again at a (HEIGHT, WIDTH, 3) uint8 picture or, without one, anew."""
        raise NotImplementedError(NOT_WRITTEN)

    def set_prompt(self, prompt: str) -> None:
        """Steer by text from the next step on; called before each, mostly with the same."""
        raise NotImplementedError(NOT_WRITTEN)

    def step(self, action: Action) -> Any:
        """The next frame, or the next FRAMES_PER_STEP with one axis more in front."""
        raise NotImplementedError(NOT_WRITTEN)
