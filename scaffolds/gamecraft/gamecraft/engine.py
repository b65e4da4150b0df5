"""The world model: everything that is specific to Hunyuan-GameCraft.

It is steerable and not real-time: a step is a chunk of 33 frames with one action, and takes longer
than it lasts.
"""

from __future__ import annotations

import os
from argparse import ArgumentParser
from dataclasses import dataclass
from enum import Enum
from typing import Any, Literal

import numpy as np
from lucid import LoadContext, download_weights, use_upstream
from lucid.conditioning import ForkedRng, seed_clip

REPO = "tencent/Hunyuan-GameCraft-1.0"
# TODO(lucid): no commit of this repo is known; `lucid update` writes the current one here
COMMIT = "not pinned"
FILES = [
    "stdmodels/llava-llama-3-8b-v1_1-transformers/*",
    "stdmodels/openai_clip-vit-large-patch14/*",
    "stdmodels/vae_3d/hyvae/config.json",
]
CHECKPOINT = "gamecraft_models/mp_rank_00_model_states_distill.pt"
PICKLES = [CHECKPOINT, "stdmodels/vae_3d/hyvae/pytorch_model.pt"]  # a torch from 2.6 runs none
WIDTH, HEIGHT = 1216, 704
FPS = 25
FRAMES_PER_STEP = 33
LAYOUT: Literal["HWC", "CHW"] = "CHW"
PIXEL_RANGE: Literal["uint8", "[0,1]", "[-1,1]"] = "[0,1]"
DENOISING_STEPS = 8
GUIDANCE = 1.0
FLOW_SHIFT = 5.0
NEGATIVE_PROMPT = "overexposed, low quality, deformation, a poor composition, static, black border"
RNG_SEED = 250160
ARGS = ["--video-size", str(HEIGHT), str(WIDTH), "--image-start"]  # less memory: "--use-fp8"
WALK = 0.2  # the way of a chunk: upstream's example, of 0 to 3
TURN_DEG = 20.0  # of a chunk; upstream names no range


class Key(Enum):
    """What can be held: upstream's name and how much of it. The network takes one a chunk."""

    LOOK_UP = ("up_rot", TURN_DEG)
    LOOK_LEFT = ("left_rot", TURN_DEG)
    LOOK_DOWN = ("down_rot", TURN_DEG)
    LOOK_RIGHT = ("right_rot", TURN_DEG)
    FORWARD = ("w", WALK)
    LEFT = ("a", WALK)
    BACK = ("s", WALK)
    RIGHT = ("d", WALK)


STILL = ("w", 0.0)


@dataclass(frozen=True)
class Action:
    """What the player does during one step."""

    held: tuple[Key, ...] = ()
    """In the order in which the keys were pressed."""


class Engine:
    """Lucid makes every call on one thread."""

    def load(self, ctx: LoadContext) -> None:
        """Load the weights; the first chunk is the warm-up, since each takes long."""
        import torch

        weights = download_weights(REPO, COMMIT, FILES, pickles=PICKLES, progress=ctx.progress)
        use_upstream(__file__)
        os.environ["MODEL_BASE"] = str(weights / "stdmodels")  # upstream reads it as it is imported
        from hymm_sp.config import add_extra_args, sanity_check_args
        from hymm_sp.sample_inference import HunyuanVideoSampler

        ctx.progress("load weights")
        self._torch = torch
        self._device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        checkpoint = str(weights / CHECKPOINT)
        # Not upstream's parse_args(), which reads this process's command line.
        args = add_extra_args(ArgumentParser()).parse_args([*ARGS, "--ckpt", checkpoint])
        args = sanity_check_args(args)
        self._sampler = HunyuanVideoSampler.from_pretrained(
            checkpoint, args=args, device=self._device
        )
        self._prompt = "A quiet place to explore"
        self._rng = ForkedRng(torch, RNG_SEED)  # upstream takes a seed, and draws without it too
        self.reset()

    def reset(self, seed_frame: np.ndarray | None = None) -> None:
        """Start again at a (HEIGHT, WIDTH, 3) uint8 picture or, without one, at plain grey."""
        torch, vae = self._torch, self._sampler.vae
        clip = seed_clip(seed_frame, (WIDTH, HEIGHT), axes="CTHW", pixel_range="[-1,1]")
        self._rng.reset()
        with torch.no_grad(), self._rng, torch.autocast(self._device.type, dtype=vae.dtype):
            vae.enable_tiling()
            seen = vae.encode(torch.from_numpy(clip)[None].to(self._device)).latent_dist.sample()
            vae.disable_tiling()
        # All that a chunk sees of the past: the latents of the last one, and the last of these.
        self._last = self._ref = seen.to(vae.dtype) * vae.config.scaling_factor
        self._is_first = True

    def set_prompt(self, prompt: str) -> None:
        """What the next chunk shows; upstream encodes it when it makes the chunk."""
        self._prompt = prompt

    def step(self, action: Action) -> Any:
        """The next (FRAMES_PER_STEP, 3, HEIGHT, WIDTH) float frames in [0, 1]."""
        move, amount = next((key.value for key in Key if key in action.held), STILL)
        with self._rng:
            chunk = self._sampler.predict(
                prompt=self._prompt,
                negative_prompt=NEGATIVE_PROMPT,
                action_id=move,
                action_speed=amount,
                is_image=self._is_first,
                size=(HEIGHT, WIDTH),
                video_length=FRAMES_PER_STEP,
                last_latents=self._last,
                ref_latents=self._ref,
                infer_steps=DENOISING_STEPS,
                guidance_scale=GUIDANCE,
                flow_shift=FLOW_SHIFT,
                seed=RNG_SEED,
                return_latents=True,
                verbose=0,
            )
        self._last, self._ref = chunk["last_latents"], chunk["ref_latents"]
        self._is_first = False
        return chunk["samples"][0][0].transpose(0, 1)
