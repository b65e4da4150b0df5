"""The world model: everything that is specific to Matrix-Game 2 in FastVideo."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

import numpy as np
from lucid import LoadContext, download_weights
from lucid.conditioning import (
    Context,
    MouseScale,
    frames_of_latents,
    multi_hot,
    seed_picture,
    warm_up,
)

REPO = "FastVideo/Matrix-Game-2.0-Base-Diffusers"
# TODO(lucid): no commit of this repo is known; `lucid update` writes the current one here
COMMIT = "not pinned"
FILES = ["*.json", "*/*.json", "*/*.safetensors"]
WIDTH, HEIGHT = 640, 352
FPS = 25
LATENTS_PER_STEP = 3
FRAMES_PER_STEP = frames_of_latents(LATENTS_PER_STEP, first=False)  # 9 in the first step
FIRST_FRAMES = frames_of_latents(LATENTS_PER_STEP, first=True)
CONTEXT_STEPS = 50  # a reset allocates room for this number of actions
LAYOUT: Literal["HWC", "CHW"] = "HWC"
PIXEL_RANGE: Literal["uint8", "[0,1]", "[-1,1]"] = "uint8"
KEYBOARD_SIZE = 4
# At most 0.1 per step. Up and right are positive, and pitch comes first.
MOUSE = MouseScale(per_pixel=0.005, limit=0.1, order="yx", up=1)


class Key(IntEnum):
    """The index of each key in the keyboard vector."""

    FORWARD = 0
    BACK = 1
    LEFT = 2
    RIGHT = 3


@dataclass(frozen=True)
class Action:
    """The action of a player during one step."""

    held: tuple[Key, ...] = ()
    """The held keys, in the order in which they were pressed."""
    look: tuple[float, float] = (0.0, 0.0)
    """Motion of the view in the model's unit: +x right, +y down."""


class Engine:
    """One step is a block of three latents. FastVideo keeps the caches in its own process.

    Lucid makes all calls on one thread.
    """

    def load(self, ctx: LoadContext) -> None:
        """Load the networks and play two blocks with the real shapes."""
        import torch
        from fastvideo.entrypoints.streaming_generator import StreamingVideoGenerator
        from fastvideo.worker.executor import Executor

        class Generator(StreamingVideoGenerator):
            @classmethod
            def from_fastvideo_args(cls, fastvideo_args: Any, *, log_queue: Any = None) -> Any:
                """As in fastvideo 0.2.1, whose own method does not accept its log_queue.

                It also turns the queue off, in which a second reset would wait forever.
                """
                executor = Executor.get_class(fastvideo_args)
                return cls(fastvideo_args, executor, log_stats=False, use_queue_mode=False)

        weights = download_weights(REPO, COMMIT, FILES, progress=ctx.progress)
        ctx.progress("load weights")
        self._torch = torch
        self._generator = Generator.from_pretrained(
            str(weights),
            num_gpus=1,
            use_fsdp_inference=False,
            dit_cpu_offload=False,  # offloading in each step is too slow to play
            vae_cpu_offload=False,
            pin_cpu_memory=False,
        )
        self._context = Context(CONTEXT_STEPS)
        ctx.progress("warm up")
        warm_up(self, Action())

    def reset(self, seed_frame: np.ndarray | None = None) -> None:
        """Start again from a (HEIGHT, WIDTH, 3) uint8 picture, or from plain grey without one."""
        from PIL import Image

        torch = self._torch
        start = seed_picture(seed_frame, (WIDTH, HEIGHT))
        latents = CONTEXT_STEPS * LATENTS_PER_STEP
        frames = frames_of_latents(latents, first=True)
        with TemporaryDirectory(prefix="lucid-seed-") as folder:
            picture = Path(folder) / "seed.png"  # without a path, the last one stays
            Image.fromarray(start).save(picture)
            self._generator.reset(
                prompt="",
                image_path=str(picture),
                num_frames=frames,
                height=HEIGHT,
                width=WIDTH,
                keyboard_cond=torch.zeros(1, frames, KEYBOARD_SIZE),
                mouse_cond=torch.zeros(1, frames, 2),
                grid_sizes=torch.tensor([latents, HEIGHT // 8, WIDTH // 8]),
                num_inference_steps=3,
            )
        self._is_first = True
        self._context.reset()

    def step(self, action: Action) -> np.ndarray:
        """Return the next (FRAMES_PER_STEP, HEIGHT, WIDTH, 3) uint8 frames (9 at first)."""
        if self._context.ended:
            self.reset(self._last_frame)
        count = FIRST_FRAMES if self._is_first else FRAMES_PER_STEP
        keyboard, mouse = self._tensors(action)
        frames, _ = self._generator.step(keyboard.repeat(1, count, 1), mouse.repeat(1, count, 1))
        self._generator.accumulated_frames.clear()  # FastVideo keeps them for a video file
        self._is_first = False
        self._context.fill()
        self._last_frame = frames[-1]
        return np.stack(frames)

    def _tensors(self, action: Action) -> tuple[Any, Any]:
        """Return the action as (1, 1, KEYBOARD_SIZE) and (1, 1, 2) tensors."""
        torch = self._torch
        keyboard = multi_hot(action.held, KEYBOARD_SIZE)
        mouse = torch.tensor(MOUSE.axes(action.look))
        return torch.from_numpy(keyboard)[None, None], mouse[None, None]
