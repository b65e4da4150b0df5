"""The world model: everything that is specific to Waypoint and world_engine."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Literal

import numpy as np
from lucid import LoadContext, download_weights
from lucid.conditioning import Context, ForkedRng, MouseScale, seed_picture, warm_up

REPO = "Overworld/Waypoint-1.5-1B"
COMMIT = "391f92827075edcf4a8b3c8a2ddae010698f8636"
FILES = ["config.yaml", "model.safetensors"]
AUTOENCODER = "Overworld-Models/taehv1_5"
AUTOENCODER_COMMIT = "a0253886b13b9c4c3bd224bd479be03f5988a3df"
AUTOENCODER_FILES = ()
AUTOENCODER_PICKLES = ("taehv1_5.pth",)
WIDTH, HEIGHT = 1280, 720
FPS = 60
FRAMES_PER_STEP = 4
CONTEXT_STEPS = 512
LAYOUT: Literal["HWC", "CHW"] = "HWC"
PIXEL_RANGE: Literal["uint8", "[0,1]", "[-1,1]"] = "uint8"
# A velocity: 7 to 40 pixels per step are 0.05 to 0.3, the useful range. It saturates at 0.4.
MOUSE = MouseScale(per_pixel=0.0075, limit=0.4)


class Key(IntEnum):
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
    """The action of a player during one step."""

    held: tuple[Key, ...] = ()
    """The held keys, in the order in which they were pressed."""
    look: tuple[float, float] = (0.0, 0.0)
    """Motion of the view in the model's unit: +x right, +y down."""
    scroll: int = 0
    """-1, 0 or 1."""


class Engine:
    """The model. Lucid makes all calls on one thread, to which the compiled graphs belong."""

    _last_frame: Any

    def load(self, ctx: LoadContext) -> None:
        """Load the weights and compile with the real shapes."""
        import torch
        from world_engine import CtrlInput, WorldEngine

        weights = str(download_weights(REPO, COMMIT, FILES, progress=ctx.progress))
        autoencoder = download_weights(
            AUTOENCODER,
            AUTOENCODER_COMMIT,
            AUTOENCODER_FILES,
            pickles=AUTOENCODER_PICKLES,
            progress=ctx.progress,
        )
        ctx.progress("load weights")
        self._torch, self._ctrl_input = torch, CtrlInput
        self._device = "cuda" if torch.cuda.is_available() else "cpu"
        self._world = WorldEngine(
            weights,
            model_config_overrides={
                "ae_uri": str(autoencoder),
            },
            device=self._device,
            dtype=torch.bfloat16,
        )
        # Two steps before the end: the seed frame takes one, and the picture fades in the last one.
        self._context = Context(CONTEXT_STEPS - 2)
        self._rng = ForkedRng(torch)
        ctx.progress("compile (minutes, the first time)")
        warm_up(self, Action(), seed_size=(HEIGHT, WIDTH))

    def reset(self, seed_frame: np.ndarray | None = None) -> None:
        """Start again from a (HEIGHT, WIDTH, 3) uint8 picture, or from noise without one."""
        self._rng.reset()
        if seed_frame is None:
            self._restart(None)
        else:
            picture = seed_picture(seed_frame, (WIDTH, HEIGHT))
            self._restart(self._torch.tensor(picture, device=self._device))

    def step(self, action: Action) -> Any:
        """Return the next (FRAMES_PER_STEP, HEIGHT, WIDTH, 3) uint8 frames, on the GPU."""
        if self._context.ended:  # beyond it, the picture falls apart
            self._restart(self._last_frame.clone())
        ctrl = self._ctrl_input(
            button={int(key) for key in action.held},
            mouse=MOUSE.axes(action.look),
            scroll_wheel=action.scroll,
        )
        with self._rng:
            frames = self._world.gen_frame(ctrl=ctrl)
        self._context.fill()
        self._last_frame = frames[-1]
        return frames

    def _restart(self, seed_frame: Any) -> None:
        self._world.reset()
        self._context.reset()
        if seed_frame is not None:
            still = seed_frame.expand(FRAMES_PER_STEP, HEIGHT, WIDTH, 3).contiguous()
            self._world.append_frame(still)  # all frames of one step; other shapes fail
            self._context.fill()
