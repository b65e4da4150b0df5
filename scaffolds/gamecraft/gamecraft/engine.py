"""The world model: everything that is specific to Hunyuan-GameCraft.

The model can be steered, but not in real time. A step is a chunk of 33 frames with one action, and
generating it takes longer than playing it.
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
PICKLES = [CHECKPOINT, "stdmodels/vae_3d/hyvae/pytorch_model.pt"]  # torch 2.6 runs no code in them
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
ARGS = ["--video-size", str(HEIGHT), str(WIDTH), "--image-start"]
WALK = 0.2  # the speed of a chunk, from 0 to 3, as in upstream's example
TURN_DEG = 20.0  # per chunk; upstream names no range


class Key(Enum):
    """The keys: upstream's name and the amount. The network takes one per chunk."""

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
    """The action of a player during one step."""

    held: tuple[Key, ...] = ()
    """The held keys, in the order in which they were pressed."""


class Engine:
    """The model. Lucid makes all calls on one thread."""

    def load(self, ctx: LoadContext) -> None:  # lucid: noqa[LUC412] each chunk takes long
        """Load the weights."""
        import torch

        weights = download_weights(REPO, COMMIT, FILES, pickles=PICKLES, progress=ctx.progress)
        use_upstream(__file__)
        os.environ["MODEL_BASE"] = str(weights / "stdmodels")  # upstream reads it on import
        from hymm_sp.config import add_extra_args, sanity_check_args
        from hymm_sp.sample_inference import HunyuanVideoSampler

        ctx.progress("load weights")
        self._torch = torch
        self._device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        checkpoint = str(weights / CHECKPOINT)
        # Do not use upstream's parse_args(): it reads the command line of this process.
        args = add_extra_args(ArgumentParser()).parse_args([*ARGS, "--ckpt", checkpoint])
        args = sanity_check_args(args)
        self._sampler = HunyuanVideoSampler.from_pretrained(
            checkpoint, args=args, device=self._device
        )
        self._prompt = "A quiet place to explore"
        self._rng = ForkedRng(torch, RNG_SEED)  # upstream takes a seed, but also draws without it
        self.reset()

    def reset(self, seed_frame: np.ndarray | None = None) -> None:
        """Start again from a (HEIGHT, WIDTH, 3) uint8 picture, or from plain grey without one."""
        torch, vae = self._torch, self._sampler.vae
        clip = seed_clip(seed_frame, (WIDTH, HEIGHT), axes="CTHW", pixel_range="[-1,1]")
        self._rng.reset()
        with torch.no_grad(), self._rng, torch.autocast(self._device.type, dtype=vae.dtype):
            vae.enable_tiling()
            seen = vae.encode(torch.from_numpy(clip)[None].to(self._device)).latent_dist.sample()
            vae.disable_tiling()
        # A chunk sees only this part of the past: the latents of the last chunk, and the last one.
        self._last = self._ref = seen.to(vae.dtype) * vae.config.scaling_factor
        self._is_first = True

    def set_prompt(self, prompt: str) -> None:
        """Set the prompt of the next chunk. Upstream encodes it with the chunk."""
        self._prompt = prompt

    def step(self, action: Action) -> Any:
        """Return the next (FRAMES_PER_STEP, 3, HEIGHT, WIDTH) float frames in [0, 1]."""
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
