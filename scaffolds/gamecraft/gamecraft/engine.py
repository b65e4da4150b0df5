"""The world model: everything that is specific to it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any, Literal

import numpy as np
from lucid import LoadContext

REPO = "tencent/Hunyuan-GameCraft-1.0"
COMMIT = "4dc8276050e87dc1667dc588acb147c3d68e173e"
WIDTH, HEIGHT = 1216, 704
FPS = 25
FRAMES_PER_STEP = 33
LAYOUT: Literal["HWC", "CHW"] = "CHW"
PIXEL_RANGE: Literal["uint8", "[0,1]", "[-1,1]"] = "[-1,1]"
NOT_WRITTEN = "engine.py does not run the model yet, `lucid serve --stub` plays without it; open: "
OPEN = ["context_steps", "variant", "engine_calls"]
NOT_WRITTEN += ", ".join(OPEN)


class Key(Enum):
    """What can be held. Give each the code or index that the model has for it."""

    FORWARD = "forward"
    LEFT = "left"
    BACK = "back"
    RIGHT = "right"


@dataclass(frozen=True)
class Action:
    """What the player does during one step."""

    held: frozenset[Key] = frozenset()


class Engine:
    """Lucid makes every call on one thread: load, reset, then step by step."""

    # TODO(lucid): variant: Which of its models is to be played: base, distilled?
    # TODO(lucid): engine_calls: How is the engine hymm_sp.sample_inference.HunyuanVideoSampler loaded, stepped with an action, and reset?
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
