"""The world model: everything that is specific to Waypoint and world_engine."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import numpy as np
from lucid import LoadContext

REPO = "Overworld/Waypoint-1.5-1B"
COMMIT = "c0735f86ba7453dfcb5aaea660f32d1b86dc4a98"
FILES = ["config.yaml", "model.safetensors"]
WIDTH, HEIGHT = 1280, 720
FPS = 60
FRAMES_PER_STEP = 4
CONTEXT_STEPS = 512
MOUSE_PER_PIXEL = 0.0075  # 7 to 40 pixels a step are 0.05 to 0.3, the useful range
MOUSE_SATURATION = 0.4


class Button(IntEnum):
    """The Windows virtual-key codes that the model was trained on."""

    FORWARD = 0x57  # W
    LEFT = 0x41  # A
    BACK = 0x53  # S
    RIGHT = 0x44  # D
    JUMP = 0x20  # Space
    SPRINT = 0x10  # Shift
    CROUCH = 0x11  # Ctrl
    PRIMARY = 0x01  # left mouse button
    SECONDARY = 0x02  # right mouse button


@dataclass(frozen=True)
class Action:
    """What the player does during one step."""

    buttons: frozenset[Button] = frozenset()
    mouse: tuple[float, float] = (0.0, 0.0)
    """Velocity of the view: +x right, +y down."""
    scroll: int = 0
    """-1, 0 or 1."""


def mouse_velocity(dx_px: float, dy_px: float) -> tuple[float, float]:
    """Pointer motion during one step as the velocity that the model knows."""
    x, y = (MOUSE_PER_PIXEL * pixels for pixels in (dx_px, dy_px))
    return (
        max(-MOUSE_SATURATION, min(MOUSE_SATURATION, x)),
        max(-MOUSE_SATURATION, min(MOUSE_SATURATION, y)),
    )


class Engine:
    """Lucid makes every call on one thread, the one that the compiled graphs belong to."""

    _last_frame: Any

    def load(self, ctx: LoadContext) -> None:
        """Load the weights and compile with the real shapes."""
        import torch
        from huggingface_hub import snapshot_download
        from world_engine import CtrlInput, WorldEngine

        ctx.progress("download weights")
        weights = snapshot_download(REPO, revision=COMMIT, allow_patterns=FILES)
        ctx.progress("load weights")
        self._torch, self._ctrl_input = torch, CtrlInput
        self._world = WorldEngine(weights, device="cuda", dtype=torch.bfloat16)
        ctx.progress("compile (minutes, the first time)")
        self.reset(np.full((HEIGHT, WIDTH, 3), 128, np.uint8))
        self.step(Action())
        self.reset()

    def reset(self, seed_frame: np.ndarray | None = None) -> None:
        """Start again at a (HEIGHT, WIDTH, 3) uint8 picture or, without one, from noise."""
        if seed_frame is None:
            self._restart(None)
        else:
            self._restart(self._torch.tensor(seed_frame, device="cuda"))

    def step(self, action: Action) -> Any:
        """The next (FRAMES_PER_STEP, HEIGHT, WIDTH, 3) uint8 frames, on the GPU."""
        if self._steps >= CONTEXT_STEPS - 2:  # past its context the picture falls apart
            self._restart(self._last_frame.clone())
        ctrl = self._ctrl_input(
            button={int(button) for button in action.buttons},
            mouse=action.mouse,
            scroll_wheel=action.scroll,
        )
        frames = self._world.gen_frame(ctrl=ctrl)
        self._steps += 1
        self._last_frame = frames[-1]
        return frames

    def _restart(self, seed_frame: Any) -> None:
        self._world.reset()
        self._steps = 0
        if seed_frame is not None:
            still = seed_frame.expand(FRAMES_PER_STEP, HEIGHT, WIDTH, 3).contiguous()
            self._world.append_frame(still)  # one whole step of frames, no other shape
            self._steps = 1
