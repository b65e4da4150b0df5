"""The world model: everything that is specific to it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Literal

import numpy as np
from lucid import LoadContext

REPO = "nvidia/Cosmos-Predict2-2B-Sample-Action-Conditioned"
COMMIT = "51af2e1a59483b4eb560b0f4484d360cba48f46f"
# TODO(lucid): width: How wide is a frame?
WIDTH, HEIGHT = 640, 480
FPS = 4
FRAMES_PER_STEP = 12
# TODO(lucid): pixels: What are the frames' axes (HWC or CHW) and range (uint8, [0,1] or [-1,1])?
LAYOUT: Literal["HWC", "CHW"] = "HWC"
PIXEL_RANGE: Literal["uint8", "[0,1]", "[-1,1]"] = "uint8"
NOT_WRITTEN = "engine.py does not run the model yet, `lucid serve --stub` plays without it; open: "
OPEN = ["width", "pixels", "context_steps", "engine_calls"]
NOT_WRITTEN += ", ".join(OPEN)


class Axis(IntEnum):
    """The places in the action vector."""

    DX = 0
    DY = 1
    DZ = 2
    ROLL = 3
    PITCH = 4
    YAW = 5
    GRIPPER = 6


@dataclass(frozen=True)
class Action:
    """What the player does during one step."""

    vector: tuple[float, ...] = (0.0,) * len(Axis)
    """Of each axis how far it is pulled, -1 to 1."""


class Engine:
    """Lucid makes every call on one thread: load, reset, then step by step."""

    # TODO(lucid): engine_calls: How is the engine cosmos_predict2.pipelines.video2world_action.Video2WorldActionConditionedPipeline loaded, stepped with an action, and reset?
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
