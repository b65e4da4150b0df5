"""The world model: everything that is specific to Waypoint and world_engine."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Literal

import numpy as np
from lucid import LoadContext, download_weights
from lucid.conditioning import Context, ForkedRng, LivePrompt, MouseScale, seed_picture, warm_up

REPO = "Overworld/Waypoint-1-Small"
# TODO(lucid): no commit of this repo is known; `lucid update` writes the current one here
COMMIT = "not pinned"
FILES = ["config.yaml", "model.safetensors"]
AUTOENCODER = "OpenWorldLabs/owl_vae_f16_c16_distill_v0_nogan"
# TODO(lucid): no commit of this repo is known; `lucid update` writes the current one here
AUTOENCODER_COMMIT = "not pinned"
AUTOENCODER_FILES = (
    "encoder.safetensors",
    "encoder_conf.yml",
    "decoder.safetensors",
    "decoder_conf.yml",
)
AUTOENCODER_PICKLES = ()
PROMPT_ENCODER = "google/umt5-xl"
# TODO(lucid): no commit of this repo is known; `lucid update` writes the current one here
PROMPT_ENCODER_COMMIT = "not pinned"
PROMPT_ENCODER_FILES = ("*.json", "spiece.model")
PROMPT_ENCODER_PICKLES = ("pytorch_model*.bin",)
WIDTH, HEIGHT = 640, 360
FPS = 60
FRAMES_PER_STEP = 1
CONTEXT_STEPS = 4096
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
        prompt_encoder = download_weights(
            PROMPT_ENCODER,
            PROMPT_ENCODER_COMMIT,
            PROMPT_ENCODER_FILES,
            pickles=PROMPT_ENCODER_PICKLES,
            progress=ctx.progress,
        )
        ctx.progress("load weights")
        self._torch, self._ctrl_input = torch, CtrlInput
        self._device = "cuda" if torch.cuda.is_available() else "cpu"
        self._world = WorldEngine(
            weights,
            model_config_overrides={
                "ae_uri": str(autoencoder),
                "prompt_encoder_uri": str(prompt_encoder),
            },
            device=self._device,
            dtype=torch.bfloat16,
        )
        self._prompt = LivePrompt(self._world.set_prompt, "An explorable world")
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

    def set_prompt(self, prompt: str) -> None:
        """Set the prompt from the next step on. The same prompt again costs nothing."""
        self._prompt.set(prompt)

    def step(self, action: Action) -> Any:
        """Return the next (HEIGHT, WIDTH, 3) uint8 frame, on the GPU."""
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
        self._last_frame = frames
        return frames

    def _restart(self, seed_frame: Any) -> None:
        self._world.reset()
        self._context.reset()
        if seed_frame is not None:
            self._world.append_frame(seed_frame)
            self._context.fill()
