"""The world model: everything that is specific to Matrix-Game 2."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Literal

import numpy as np
from lucid import LoadContext, download_weights, read_weights, use_upstream
from lucid.conditioning import (
    MouseScale,
    RollingWindow,
    clear_caches,
    denoise,
    frames_of_latents,
    multi_hot,
    seed_clip,
    warm_up,
)

REPO = "Skywork/Matrix-Game-2.0"
COMMIT = "f1729d99a80e0f07993a77d7dad4a3190e23c2c8"
FILES = ["base_distilled_model/base_distill.safetensors", "xlm-roberta-large/*"]
PICKLES = ["Wan2.1_VAE.pth", "models_clip_open-clip-xlm-roberta-large-vit-huge-14.pth"]
MODE = "universal"  # universal, gta_drive or templerun; each one has its own weights
CHECKPOINT = "base_distilled_model/base_distill.safetensors"
CODE = "Matrix-Game-2"
WIDTH, HEIGHT = 640, 352
FPS = 25
LATENTS_PER_STEP = 3
FRAMES_PER_STEP = frames_of_latents(LATENTS_PER_STEP, first=False)  # 9 in the first step
POSITIONS = 1024  # the number of latents that upstream's network has positions for
SEEN_STEPS = 11  # after 29 latents, the start picture has no effect on the encoded clip
LAYOUT: Literal["HWC", "CHW"] = "CHW"
PIXEL_RANGE: Literal["uint8", "[0,1]", "[-1,1]"] = "[-1,1]"
RNG_SEED = 0  # the same start and actions give the same world
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
    """One step is a block of three latents, denoised with the actions of all earlier blocks.

    Lucid makes all calls on one thread.
    """

    def load(self, ctx: LoadContext) -> None:
        """Load the networks and play two blocks with the real shapes."""
        import torch

        code = use_upstream(__file__, CODE) / CODE
        from demo_utils.constant import ZERO_VAE_CACHE
        from demo_utils.vae_block3 import VAEDecoderWrapper
        from omegaconf import OmegaConf
        from pipeline.causal_inference import CausalInferenceStreamingPipeline, cond_current
        from utils.wan_wrapper import WanDiffusionWrapper
        from wan.vae.wanx_vae import get_wanx_vae_wrapper

        weights = download_weights(REPO, COMMIT, FILES, pickles=PICKLES, progress=ctx.progress)
        ctx.progress("load weights")
        self._torch, self._cond_current = torch, cond_current
        self._device = "cuda" if torch.cuda.is_available() else "cpu"
        self._dtype = torch.bfloat16 if self._device == "cuda" else torch.float32
        self._vae_dtype = torch.float16 if self._device == "cuda" else torch.float32
        config = OmegaConf.load(code / f"configs/inference_yaml/inference_{MODE}.yaml")
        options = dict(config.model_kwargs)
        options["model_config"] = str(code / options["model_config"])  # upstream runs there
        generator = WanDiffusionWrapper(**options, is_causal=True)
        generator.load_state_dict(read_weights(weights / CHECKPOINT))
        decoder = VAEDecoderWrapper()
        tensors = read_weights(weights / "Wan2.1_VAE.pth", pickles=True)
        decoder.load_state_dict(
            {name: t for name, t in tensors.items() if "decoder." in name or "conv2" in name}
        )
        self._pipe = CausalInferenceStreamingPipeline(
            config, generator=generator, vae_decoder=decoder.eval().requires_grad_(False)
        ).to(device=self._device, dtype=self._dtype)
        self._pipe.vae_decoder.to(self._vae_dtype)
        # Upstream's wrapper is not a module: other methods than its own return a VAE without CLIP.
        vae = get_wanx_vae_wrapper(str(weights), self._vae_dtype)
        self._vae = vae.to(self._device, self._dtype)
        self._vae_parts = len(ZERO_VAE_CACHE)
        # Upstream's config says how many latents the rolling caches hold.
        window = generator.model.local_attn_size // LATENTS_PER_STEP
        self._window = RollingWindow[Any](window, sink=0, positions=POSITIONS // LATENTS_PER_STEP)
        self._generator = torch.Generator(self._device)
        ctx.progress("warm up")
        warm_up(self, Action())

    def reset(self, seed_frame: np.ndarray | None = None) -> None:
        """Start again from a (HEIGHT, WIDTH, 3) uint8 picture, or from plain grey without one."""
        torch = self._torch
        clip = seed_clip(seed_frame, (WIDTH, HEIGHT), axes="CTHW", pixel_range="[-1,1]")
        self._generator.manual_seed(RNG_SEED)
        picture = torch.from_numpy(clip)[None].to(self._device, self._dtype)
        with torch.no_grad():
            self._see(picture)
            self._window.reset()
            self._read_window()
        self._vae_cache: list[Any] = [None] * self._vae_parts
        self._steps = 0

    def step(self, action: Action) -> Any:
        """Return the next FRAMES_PER_STEP (at first 9) (3, HEIGHT, WIDTH) floats in [-1, 1]."""
        torch, pipe = self._torch, self._pipe
        seen, moved = self._seen[min(self._steps, SEEN_STEPS - 1)], self._tensors(action)
        with torch.no_grad():
            if self._window.ended:
                self._read_window()
            latents = self._denoise(self._conditions(seen, moved))
            self._keep(latents, seen, moved)
            frames, self._vae_cache = pipe.vae_decoder(
                latents.transpose(1, 2).to(self._vae_dtype), *self._vae_cache
            )
        self._steps += 1
        return frames[0].float().clamp(-1, 1)

    def _read_window(self) -> None:
        """Fill the cleared caches with the blocks in sight. Their positions start at 0 again."""
        torch, pipe = self._torch, self._pipe
        # A cache that is not cleared would mix the old world into the new one.
        clear_caches(pipe, "kv_cache1", "kv_cache_mouse", "kv_cache_keyboard")
        options = {"device": self._device, "dtype": self._dtype}
        pipe._initialize_kv_cache(batch_size=1, **options)
        pipe._initialize_kv_cache_mouse_and_keyboard(batch_size=1, **options)
        pipe._initialize_crossattn_cache(batch_size=1, **options)
        actions = frames_of_latents(POSITIONS, first=True)
        self._history = {
            "cond_concat": self._seen[0],
            "visual_context": self._visual,
            "mouse_cond": torch.zeros((1, actions, 2), **options),
            "keyboard_cond": torch.zeros((1, actions, KEYBOARD_SIZE), **options),
        }
        for block in self._window.restart():
            self._keep(*block)

    def _keep(self, clean: Any, seen: Any, moved: Any) -> None:
        """Pass a clean block through the network, so that no noise stays in the caches."""
        self._predict(clean, self._pipe.args.context_noise, self._conditions(seen, moved))
        self._window.add((clean, seen, moved))

    def _conditions(self, seen: Any, moved: Any) -> dict[str, Any]:
        """Return the conditions of the next block, with the actions of those before it."""
        now, self._history = self._cond_current(
            self._history,
            self._window.position * LATENTS_PER_STEP,
            LATENTS_PER_STEP,
            replace=moved,
            mode=MODE,
        )
        return {**now, "cond_concat": seen}

    def _denoise(self, conditions: dict[str, Any]) -> Any:
        """Return a block of clean latents."""
        pipe = self._pipe
        height, width = HEIGHT // 8, WIDTH // 8
        shape = (1, 16, LATENTS_PER_STEP, height, width)
        noise = self._noise(shape)

        def predict(latents: Any, time: Any) -> Any:
            return self._predict(latents, time, conditions)

        return denoise(noise, pipe.denoising_step_list, predict, self._renoise)

    def _renoise(self, clean: Any, time: Any) -> Any:
        torch, scheduler = self._torch, self._pipe.scheduler
        flat = clean.transpose(1, 2).flatten(0, 1)
        times = torch.ones(LATENTS_PER_STEP, device=self._device) * time
        noisy = scheduler.add_noise(flat, self._noise(flat.shape), times)
        return noisy.unflatten(0, (1, LATENTS_PER_STEP)).transpose(1, 2)

    def _noise(self, shape: Any) -> Any:
        options = {"device": self._device, "dtype": self._dtype}
        return self._torch.randn(shape, generator=self._generator, **options)

    def _predict(self, latents: Any, time: Any, conditions: dict[str, Any]) -> Any:
        pipe, torch = self._pipe, self._torch
        times = torch.ones((1, LATENTS_PER_STEP), device=self._device, dtype=torch.int64) * time
        _, clean = pipe.generator(
            noisy_image_or_video=latents,
            conditional_dict=conditions,
            timestep=times,
            kv_cache=pipe.kv_cache1,
            kv_cache_mouse=pipe.kv_cache_mouse,
            kv_cache_keyboard=pipe.kv_cache_keyboard,
            crossattn_cache=pipe.crossattn_cache,
            current_start=self._window.position * LATENTS_PER_STEP * pipe.frame_seq_length,
        )
        return clean

    def _see(self, picture: Any) -> None:
        """Encode a picture, and an empty clip after it: the same for each block after the last."""
        torch = self._torch
        latents = SEEN_STEPS * LATENTS_PER_STEP
        empty = torch.zeros_like(picture).repeat(1, 1, 4 * (latents - 1), 1, 1)
        tiles = {"tiled": True, "tile_size": [44, 80], "tile_stride": [23, 38]}
        seen = self._vae.encode(torch.cat([picture, empty], 2), device=self._device, **tiles)
        is_given = torch.ones_like(seen)
        is_given[:, :, 1:] = 0
        options = {"device": self._device, "dtype": self._dtype}
        clip = torch.cat([is_given[:, :4], seen], 1).to(**options)
        self._seen = clip.split(LATENTS_PER_STEP, 2)
        self._visual = self._vae.clip.encode_video(picture).to(**options)

    def _tensors(self, action: Action) -> dict[str, Any]:
        """Return the action in the form of upstream's conditions."""
        torch = self._torch
        options = {"device": self._device, "dtype": self._dtype}
        keyboard = multi_hot(action.held, KEYBOARD_SIZE)
        return {
            "keyboard": torch.from_numpy(keyboard).to(**options),
            "mouse": torch.tensor(MOUSE.axes(action.look), **options),
        }
