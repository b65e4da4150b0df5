"""The world model: everything that is specific to it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any, Literal

import numpy as np
from lucid import LoadContext
from lucid.conditioning import MouseScale

REPO = "Skywork/Matrix-Game-3.0"
COMMIT = "fc5fa3332cc1146eb755eab49c2bda98ef68b637"
WIDTH, HEIGHT = 1280, 704
FPS = 25
FRAMES_PER_STEP = 40
LAYOUT: Literal["HWC", "CHW"] = "CHW"
PIXEL_RANGE: Literal["uint8", "[0,1]", "[-1,1]"] = "[-1,1]"
MOUSE = MouseScale(per_pixel=0.01, limit=1.0)
NOT_WRITTEN = "engine.py does not run the model yet, `lucid serve --stub` plays without it; open: "
OPEN = ["variant", "engine_calls"]
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

    # TODO(lucid): variant: Which of its models is to be played: distilled, base?
    # TODO(lucid): engine_calls: How is the engine pipeline.CausalInferenceStreamingPipeline loaded, stepped with an action, and reset?
    def load(self, ctx: LoadContext) -> None:
        """Load the weights and run one step with the real shapes."""
        raise NotImplementedError(NOT_WRITTEN)

    def reset(self, seed_frame: np.ndarray | None = None) -> None:
        """Start again at a (HEIGHT, WIDTH, 3) uint8 picture or, without one, anew."""
        raise NotImplementedError(NOT_WRITTEN)

    def set_prompt(self, prompt: str) -> None:
        """Steer by text from the next step on; called before each, mostly with the same."""
        raise NotImplementedError(NOT_WRITTEN)

    def step(self, action: Action) -> Any:
        """The next frame, or the next FRAMES_PER_STEP with one axis more in front."""
        raise NotImplementedError(NOT_WRITTEN)
