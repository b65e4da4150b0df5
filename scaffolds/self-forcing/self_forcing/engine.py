"""The world model: everything that is specific to it."""

from __future__ import annotations

from typing import Any, Literal

from lucid import LoadContext

REPO = "gdhe17/Self-Forcing"
COMMIT = "62e207a6b76edc6bafd7fa6c4a3fbd54289cc889"
WIDTH, HEIGHT = 832, 480
FPS = 16
FRAMES_PER_STEP = 12
LAYOUT: Literal["HWC", "CHW"] = "CHW"
PIXEL_RANGE: Literal["uint8", "[0,1]", "[-1,1]"] = "[-1,1]"
NOT_WRITTEN = "engine.py does not run the model yet, `lucid serve --stub` plays without it; open: "
OPEN = ["context_steps", "engine_calls"]
NOT_WRITTEN += ", ".join(OPEN)


class Engine:
    """Lucid makes every call on one thread: load, reset, then step by step."""

    # TODO(lucid): engine_calls: How is the engine pipeline.CausalInferencePipeline loaded, stepped with an action, and reset?
    def load(self, ctx: LoadContext) -> None:
        """Load the weights and run one step with the real shapes."""
        raise NotImplementedError(NOT_WRITTEN)

    # TODO(lucid): context_steps: After how many steps does the context end, and what must a reset clear?
    def reset(self) -> None:
        """Start again."""
        raise NotImplementedError(NOT_WRITTEN)

    def set_prompt(self, prompt: str) -> None:
        """Steer by text from the next step on; called before each, mostly with the same."""
        raise NotImplementedError(NOT_WRITTEN)

    def step(self) -> Any:
        """The next frame, or the next FRAMES_PER_STEP with one axis more in front."""
        raise NotImplementedError(NOT_WRITTEN)
