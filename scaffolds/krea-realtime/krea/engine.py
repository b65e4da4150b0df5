"""The world model: everything that is specific to it."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from lucid import LoadContext

REPO = "krea/krea-realtime-video"
COMMIT = "b201cb894d24871860e10f3e4a1a2174b68b06d3"
WIDTH, HEIGHT = 832, 480
FPS = 16
FRAMES_PER_STEP = 12
LAYOUT: Literal["HWC", "CHW"] = "CHW"
PIXEL_RANGE: Literal["uint8", "[0,1]", "[-1,1]"] = "[-1,1]"
CLIP_FRAMES = FRAMES_PER_STEP
NOT_WRITTEN = "engine.py does not run the model yet, `lucid serve --stub` plays without it; open: "
OPEN = ["context_steps", "denoising_steps", "engine_calls"]
NOT_WRITTEN += ", ".join(OPEN)


class Engine:
    """Lucid makes every call on one thread: load, reset, then step by step."""

    # TODO(lucid): denoising_steps: How many denoising steps does one step of the world take?
    # TODO(lucid): engine_calls: How is the engine diffusers.ModularPipeline loaded, stepped with an action, and reset?
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

    def step(self) -> Any:
        """The next frame, or the next FRAMES_PER_STEP with one axis more in front."""
        raise NotImplementedError(NOT_WRITTEN)
