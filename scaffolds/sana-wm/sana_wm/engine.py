"""The world model: everything that is specific to SANA-WM and diffusers.

The model can be steered, but not in real time. Each step is a clip of some seconds. It starts from
the last frame of the clip before. Its camera path follows the keys that are held at its start.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any, Literal

import numpy as np
from lucid import LoadContext, download_weights
from lucid.conditioning import CameraPose, CameraSpeed, pulls, seed_picture

REPO = "Efficient-Large-Model/SANA-WM_bidirectional-diffusers"
# TODO(lucid): no commit of this repo is known; `lucid update` writes the current one here
COMMIT = "not pinned"
FILES = ["*.json", "*/*.safetensors", "tokenizer/*"]
WIDTH, HEIGHT = 1280, 704
FPS = 16
FRAMES_PER_STEP = 80  # ten latents of 8 frames; a clip has one more: its start frame
LAYOUT: Literal["HWC", "CHW"] = "HWC"
PIXEL_RANGE: Literal["uint8", "[0,1]", "[-1,1]"] = "[0,1]"
SPEED = CameraSpeed(walk=0.05, turn_rad=np.deg2rad(1.2))  # per frame, the pipeline's defaults
FOCAL_PX = 0.625 * WIDTH  # a lens of 77 degrees; upstream estimates it with a network
RNG_SEED = 0
OPTIONS: dict[str, Any] = {"num_inference_steps": 60}


class Key(Enum):
    """The keys that can be held: each one pulls the camera along an axis, in a direction."""

    FORWARD = ("forward", 1)
    LEFT = ("right", -1)
    BACK = ("forward", -1)
    RIGHT = ("right", 1)
    LOOK_UP = ("pitch", 1)
    LOOK_LEFT = ("yaw", -1)
    LOOK_DOWN = ("pitch", -1)
    LOOK_RIGHT = ("yaw", 1)


@dataclass(frozen=True)
class Action:
    """The action of a player during one step."""

    held: tuple[Key, ...] = ()
    """The held keys, in the order in which they were pressed."""


class Engine:
    """The model. Lucid makes all calls on one thread."""

    def load(self, ctx: LoadContext) -> None:  # lucid: noqa[LUC412] each clip takes long
        """Load the weights."""
        import torch
        from diffusers import SanaWMPipeline

        weights = download_weights(REPO, COMMIT, FILES, progress=ctx.progress)
        ctx.progress("load weights")
        self._device = "cuda" if torch.cuda.is_available() else "cpu"
        dtype = torch.bfloat16 if self._device == "cuda" else torch.float32
        self._pipe = SanaWMPipeline.from_pretrained(weights, dtype=dtype)
        self._pipe.to(self._device)
        self._pipe.set_progress_bar_config(disable=True)
        self._generator = torch.Generator(self._device)
        self._camera = CameraPose(SPEED)
        self._prompt = "A quiet place to explore"
        self.reset()

    def reset(self, seed_frame: np.ndarray | None = None) -> None:
        """Start again from a (HEIGHT, WIDTH, 3) uint8 picture, or from plain grey without one."""
        self._start = seed_picture(seed_frame, (WIDTH, HEIGHT))
        self._generator.manual_seed(RNG_SEED)

    def set_prompt(self, prompt: str) -> None:
        """Set the prompt of the next clip. The pipeline encodes it with the clip."""
        self._prompt = prompt

    def step(self, action: Action) -> np.ndarray:
        """Return the next (FRAMES_PER_STEP, HEIGHT, WIDTH, 3) float frames in [0, 1]."""
        from PIL import Image

        clip: np.ndarray = self._pipe(
            image=Image.fromarray(self._start),
            prompt=self._prompt,
            c2w=self._path(action),
            intrinsics=[FOCAL_PX, FOCAL_PX, WIDTH / 2, HEIGHT / 2],
            height=HEIGHT,
            width=WIDTH,
            num_frames=FRAMES_PER_STEP + 1,
            fps=FPS,
            generator=self._generator,
            output_type="np",
            **OPTIONS,
        ).frames
        self._start = (clip[-1] * 255).round().astype(np.uint8)
        return clip[1:]  # the first frame repeats the last one

    def _path(self, action: Action) -> np.ndarray:
        """Return (FRAMES_PER_STEP + 1, 4, 4) camera-to-world poses, relative to the first one."""
        self._camera.reset()  # the first frame of a clip is the origin
        pull = pulls(key.value for key in action.held)
        return self._camera.path(FRAMES_PER_STEP, **pull).astype(np.float32)
