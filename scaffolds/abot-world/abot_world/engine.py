"""The world model: everything that is specific to ABot-World."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from types import ModuleType
from typing import Any, Literal

import numpy as np
from lucid import LoadContext, download_weights, read_weights, use_upstream
from lucid.conditioning import ForkedRng, LivePrompt, frames_of_latents, seed_picture, warm_up

REPO = "acvlab/ABot-World-0-5B-LF"
COMMIT = "d05a3ecf68f6144e4bc6ac7e49b7d9a531af723e"
FILES = ["config.json", "diffusion_pytorch_model.safetensors", "google/umt5-xxl/*"]
TOKENIZER = "google/umt5-xxl"
TEXT_ENCODER = "models_t5_umt5-xxl-enc-bf16.pth"
ENCODER = "Wan2.2_VAE.pth"  # encodes the start picture
DECODER = "taew2_2.pth"  # small: decodes the frames
PICKLES = [TEXT_ENCODER, ENCODER, DECODER]  # torch 2.6 runs no code in them
WIDTH, HEIGHT = 1280, 704
FPS = 16
LATENTS_PER_STEP = 3
FRAMES_PER_STEP = frames_of_latents(LATENTS_PER_STEP, first=False)  # 9 in the first step
LAYOUT: Literal["HWC", "CHW"] = "CHW"
PIXEL_RANGE: Literal["uint8", "[0,1]", "[-1,1]"] = "[-1,1]"
LOW_MEMORY_GB = 40  # with less, the text encoder stays in the memory of the CPU
RNG_SEED = 42


class Key(Enum):
    """The keys that can be held, by the names that upstream gives them."""

    FORWARD = "W"
    LEFT = "A"
    BACK = "S"
    RIGHT = "D"
    LOOK_UP = "I"
    LOOK_LEFT = "J"
    LOOK_DOWN = "K"
    LOOK_RIGHT = "L"


@dataclass(frozen=True)
class Action:
    """The action of a player during one step."""

    held: tuple[Key, ...] = ()
    """The held keys, in the order in which they were pressed."""


class Engine:
    """One step is a block of three latents. The network sees the latest 21, without an end.

    Lucid makes all calls on one thread.
    """

    def load(self, ctx: LoadContext) -> None:
        """Load the networks and play two blocks with the real shapes."""
        import torch

        code = use_upstream(__file__)
        from omegaconf import OmegaConf
        from pipeline.causal_inference import CausalInferencePipeline
        from utils.wan_wrapper import create_vae_from_config

        weights = download_weights(REPO, COMMIT, FILES, pickles=PICKLES, progress=ctx.progress)
        ctx.progress("load weights")
        self._torch = torch
        self._device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        config = OmegaConf.merge(
            OmegaConf.load(code / "configs/default_config.yaml"),
            OmegaConf.load(code / "configs/long_forcing_dmd.yaml"),
        )
        config.model_kwargs.model_name = str(weights)
        config.vae_kwargs.pretrained_path = str(weights / ENCODER)
        config.taew2_2_checkpoint = str(weights / DECODER)
        config.image_or_video_shape[3] = HEIGHT // 16
        config.image_or_video_shape[4] = WIDTH // 16
        self._pipe = CausalInferencePipeline(
            config,
            device=self._device,
            text_encoder=self._text_encoder(weights),
            vae=create_vae_from_config(config),
        ).to(dtype=torch.bfloat16)
        for part in (self._pipe.generator, self._pipe.encoder, self._pipe.vae):
            part.requires_grad_(False).to(self._device)
        has_data = not self._pipe.generator.model.patch_embedding.weight.is_meta
        if self._device.type == "cuda" and has_data:  # `lucid check --weights` loads without data
            self._prepare_gpu()
        self._rng = ForkedRng(torch, RNG_SEED)  # upstream draws without a generator
        self._prompt = LivePrompt(self._set_prompt, "A quiet place to explore")
        # Upstream takes pictures of a character too. A folder without them gives zeros, as there.
        self._pipe.set_ref_latent_mask_from_exists_paths(os.devnull, self._device)
        ctx.progress("warm up")
        warm_up(self, Action())

    def reset(self, seed_frame: np.ndarray | None = None) -> None:
        """Start again from a (HEIGHT, WIDTH, 3) uint8 picture, or from plain grey without one."""
        pipe = self._pipe
        picture = pipe.preprocess_image(
            seed_picture(seed_frame, (WIDTH, HEIGHT)), device=self._device
        )
        with self._torch.no_grad():
            first = pipe.encoder.encode_to_latent(picture.unsqueeze(2))
        pipe.conditional_dict["first_frame_latents"] = first.to(self._torch.bfloat16)
        pipe.reset_stream(1, dtype=self._torch.bfloat16, device=self._device)
        pipe.vae.model.clear_cache()
        self._rng.reset()

    def set_prompt(self, prompt: str) -> None:
        """Set the prompt from the next block on."""
        self._prompt.set(prompt)

    def step(self, action: Action) -> Any:
        """Return the next FRAMES_PER_STEP (at first 9) (3, HEIGHT, WIDTH) floats in [-1, 1]."""
        torch, pipe = self._torch, self._pipe
        shape = (1, LATENTS_PER_STEP, pipe.encoder.z_dim, HEIGHT // 16, WIDTH // 16)
        pipe.set_act(
            {key.value: True for key in action.held},
            height=HEIGHT,
            width=WIDTH,
            num_frames=LATENTS_PER_STEP,
            device=self._device,
        )
        with torch.no_grad(), self._rng:
            noise = torch.randn(shape, device=self._device, dtype=torch.bfloat16)
            latents = pipe.generate_next_block(noise)
            frames = pipe.vae.decode_to_pixel(latents, use_cache=True)
        return frames[0]

    def _set_prompt(self, prompt: str) -> None:
        """Give the pipeline the encoded prompt, and keep the picture: upstream drops it."""
        kept = self._pipe.conditional_dict or {}
        with self._torch.no_grad():
            self._pipe.set_prompts([prompt], device=self._device)
        self._pipe.conditional_dict = {**kept, **self._pipe.conditional_dict}

    def _text_encoder(self, weights: Path) -> Any:
        """Load the prompt encoder. Upstream's constructor would run the code of its pickle."""
        import torch
        from utils.wan_wrapper import WanTextEncoder
        from wan.modules.t5 import umt5_xxl
        from wan.modules.tokenizers import HuggingfaceTokenizer

        encoder = umt5_xxl(
            encoder_only=True,
            return_tokenizer=False,
            dtype=torch.bfloat16,
            device=torch.device("meta"),
        )
        encoder.load_state_dict(read_weights(weights / TEXT_ENCODER, pickles=True), assign=True)
        wrapper = WanTextEncoder.__new__(WanTextEncoder)
        torch.nn.Module.__init__(wrapper)
        wrapper.text_encoder = encoder.eval().requires_grad_(False)
        wrapper.tokenizer = HuggingfaceTokenizer(
            name=str(weights / TOKENIZER), seq_len=512, clean="whitespace"
        )
        return wrapper

    def _prepare_gpu(self) -> None:
        """Use upstream's kernels and, if the GPU has fp8, layers in fp8, as upstream's web page does."""
        from utils.memory import DynamicSwapInstaller, get_cuda_free_memory_gb
        from wan.modules.helios_kernels import (
            replace_all_norms_with_flash_norms,
            replace_rope_with_flash_rope,
        )

        network = self._pipe.generator.model
        replace_all_norms_with_flash_norms(network)
        replace_rope_with_flash_rope()
        if self._torch.cuda.get_device_capability() >= (8, 9):
            # Upstream imports it for formats other than fp8, and no package index has it.
            for name in ("lightx2v_kernel", "lightx2v_kernel.gemm"):
                sys.modules.setdefault(name, Unused(name))
            from quantizer import apply_fp8_quantization

            apply_fp8_quantization(model=network, quant_type="fp8-per-token")
        if get_cuda_free_memory_gb(self._device) < LOW_MEMORY_GB:
            DynamicSwapInstaller.install_model(self._pipe.text_encoder, device=self._device)
        else:
            self._pipe.text_encoder.to(self._device)


class Unused(ModuleType):
    """A module whose functions are imported and never called."""

    def __getattr__(self, name: str) -> None:
        """Return nothing in place of a function."""
        if name.startswith("__"):
            raise AttributeError(name)
