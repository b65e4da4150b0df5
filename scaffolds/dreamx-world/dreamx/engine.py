"""The world model: everything that is specific to DreamX-World's autoregressive model."""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any, Literal

import numpy as np
from lucid import LoadContext, download_weights, read_weights, use_upstream
from lucid.conditioning import (
    CameraPose,
    CameraSpeed,
    LivePrompt,
    clear_caches,
    frames_of_latents,
    pulls,
    seed_clip,
    warm_up,
)

REPO = "GD-ML/DreamX-World-5B"
COMMIT = "67487c4a61466bb7166d30b7187dd465e0ac9f6c"
FILES = ["config.json", "model.safetensors"]
BASE = "Wan-AI/Wan2.2-TI2V-5B"
BASE_COMMIT = "921dbaf3f1674a56f47e83fb80a34bac8a8f203e"
BASE_FILES = ("google/umt5-xxl/*",)
BASE_PICKLES = ("models_t5_umt5-xxl-enc-bf16.pth", "Wan2.2_VAE.pth")
TOKENIZER = "google/umt5-xxl"
TEXT_ENCODER = "models_t5_umt5-xxl-enc-bf16.pth"
AUTOENCODER = "Wan2.2_VAE.pth"
# The network counts 880 tokens for a latent, which are those of this size.
WIDTH, HEIGHT = 1280, 704
FPS = 16
LATENTS_PER_STEP = 3
FRAMES_PER_STEP = frames_of_latents(LATENTS_PER_STEP, first=False)  # 9 in the first step
LAYOUT: Literal["HWC", "CHW"] = "CHW"
PIXEL_RANGE: Literal["uint8", "[0,1]", "[-1,1]"] = "[-1,1]"
SPEED = CameraSpeed(walk=0.075, turn_rad=np.deg2rad(1.5), flies=True)  # per frame, as upstream's
# The lens of upstream's cameras: its focal lengths, relative to the size of the picture.
LENS = (969.7 / 1920, 969.7 / 1080)
RNG_SEED = 42


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
    """One step is a block of three latents. The network sees the first three and the latest nine.

    Lucid makes all calls on one thread.
    """

    def load(self, ctx: LoadContext) -> None:
        """Load the networks and play two blocks with the real shapes."""
        import torch

        code = use_upstream(__file__)
        from omegaconf import OmegaConf
        from pipeline.pipeline_causal_camera import CausalCameraInferencePipeline
        from utils.wan_wrapper import WanVAEWrapper

        weights = download_weights(REPO, COMMIT, FILES, progress=ctx.progress)
        base = download_weights(
            BASE, BASE_COMMIT, BASE_FILES, pickles=BASE_PICKLES, progress=ctx.progress
        )
        ctx.progress("load weights")
        self._torch = torch
        self._device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        config = OmegaConf.merge(
            OmegaConf.load(code / "configs/dreamx-ar/default_config.yaml"),
            OmegaConf.load(code / "configs/dreamx-ar/causal_camera_forcing_5b.yaml"),
        )
        self._pipe = CausalCameraInferencePipeline(
            config,
            self._device,
            generator=self._network(weights, config.model_kwargs.timestep_shift),
            text_encoder=self._text_encoder(base),
            vae=WanVAEWrapper(vae_path=str(base / AUTOENCODER)),
        ).to(dtype=torch.bfloat16)
        self._pipe.generator.to(self._device)
        self._pipe.vae.to(self._device)
        self._generator = torch.Generator(self._device)
        self._camera = CameraPose(SPEED)
        self._prompt = LivePrompt(self._encode, "A quiet place to explore")
        ctx.progress("warm up")
        warm_up(self, Action())

    def reset(self, seed_frame: np.ndarray | None = None) -> None:
        """Start again from a (HEIGHT, WIDTH, 3) uint8 picture, or from plain grey without one."""
        torch, pipe = self._torch, self._pipe
        clip = seed_clip(seed_frame, (WIDTH, HEIGHT), axes="CTHW", pixel_range="[-1,1]")
        pixels = torch.from_numpy(clip)[None].to(self._device, torch.bfloat16)
        with torch.no_grad():
            self._picture = pipe.vae.encode_to_latent(pixels).to(torch.bfloat16)
        pipe.vae.model.clear_cache()
        clear_caches(pipe, "kv_cache1")
        options = {"batch_size": 1, "dtype": torch.bfloat16, "device": self._device}
        pipe._initialize_kv_cache(**options)
        pipe._initialize_crossattn_cache(**options)
        self._generator.manual_seed(RNG_SEED)
        self._camera.reset()
        self._latents = 0

    def set_prompt(self, prompt: str) -> None:
        """Set the prompt from the next block on. The same prompt again costs nothing."""
        if self._prompt.set(prompt):
            for cache in self._pipe.crossattn_cache:
                cache["is_init"] = False

    def step(self, action: Action) -> Any:
        """Return the next FRAMES_PER_STEP (at first 9) (3, HEIGHT, WIDTH) floats in [-1, 1]."""
        cameras = self._cameras(action)
        with self._torch.no_grad():
            latents = self._denoise(cameras)
            frames = self._pipe.vae.decode_to_pixel(latents, use_cache=True)
        self._latents += LATENTS_PER_STEP
        return frames[0]

    def _cameras(self, action: Action) -> Any:
        """Return the camera of each token: world to camera, and the lens.

        A latent is seen from the first of its frames. The world is where the camera was at the
        last latent of the block before.
        """
        torch = self._torch
        pull = pulls(key.value for key in action.held)
        if self._latents == 0:
            path = self._camera.path(frames_of_latents(LATENTS_PER_STEP, first=True) - 1, **pull)
            poses = path[[0, 1, 5]]
            self._seen_from = poses[0]
        else:
            poses = self._camera.path(FRAMES_PER_STEP, **pull)[[1, 5, 9]]
        relative = np.linalg.inv(self._seen_from) @ poses
        self._seen_from = poses[-1]
        options: dict[str, Any] = {"dtype": torch.bfloat16, "device": self._device}
        to_world = torch.as_tensor(relative.astype(np.float32), **options)
        turned = to_world[:, :3, :3].transpose(1, 2)
        views = torch.eye(4, **options).repeat(LATENTS_PER_STEP, 1, 1)
        views[:, :3, :3] = turned
        views[:, :3, 3:] = -turned @ to_world[:, :3, 3:]
        lens = torch.diag(torch.tensor([*LENS, 1], **options))
        lens[:2, 2] = 0.5
        tokens = self._pipe.frame_seq_length
        views = views.repeat_interleave(tokens, 0)[None]
        return {"viewmats": views, "K": lens.expand(1, views.shape[1], 3, 3)}

    def _denoise(self, cameras: Any) -> Any:
        """Return the clean latents of the block, and fill the cache with one more pass."""
        torch, pipe = self._torch, self._pipe
        shape = (1, LATENTS_PER_STEP, 48, HEIGHT // 16, WIDTH // 16)
        options: dict[str, Any] = {"dtype": torch.bfloat16, "device": self._device}
        is_new = torch.ones(shape[:2], **options)  # 0 for the picture, which stays as it is
        latents = noise = torch.randn(shape, generator=self._generator, **options)
        if self._latents == 0:
            is_new[:, 0] = 0
            noise[:, :1] = self._picture
        mask = is_new[:, :, None, None, None]
        times = pipe.denoising_step_list
        for index, time in enumerate(times):
            clean = self._predict(latents, is_new * time, cameras)
            if index + 1 < len(times):
                draws = torch.randn(shape[1:], generator=self._generator, **options)
                until = is_new[0].float() * times[index + 1]
                latents = pipe.scheduler.add_noise(clean[0], draws, until)[None]
                latents = latents * mask + noise * (1 - mask)
        clean = clean * mask + noise * (1 - mask)
        self._predict(clean, torch.ones_like(is_new) * pipe.args.context_noise, cameras)
        return clean

    def _predict(self, latents: Any, times: Any, cameras: Any) -> Any:
        """Predict the clean latents. ``times`` has one for each latent, in half precision."""
        pipe = self._pipe
        tokens = pipe.frame_seq_length
        _, clean = pipe.generator(
            noisy_image_or_video=latents,
            conditional_dict=self._prompt.encoded,
            y_camera=cameras,
            timestep=times.repeat_interleave(tokens, 1),
            kv_cache=pipe.kv_cache1,
            crossattn_cache=pipe.crossattn_cache,
            current_start=self._latents * tokens,
        )
        return clean

    def _network(self, weights: Path, shift: float) -> Any:
        """Return the causal network in upstream's wrapper for clean latents."""
        import torch
        from utils.scheduler import FlowMatchScheduler
        from utils.wan_wrapper import WanDiffusionCameraWrapper
        from wan.modules.causal_camera_model_2_2_prope_infinity import CausalWanModel

        config = json.loads((weights / "config.json").read_text("utf-8"))
        # Do not call its constructor, which makes 5 billion random weights.
        wrapper = WanDiffusionCameraWrapper.__new__(WanDiffusionCameraWrapper)
        torch.nn.Module.__init__(wrapper)
        with torch.device("meta"):
            wrapper.model = CausalWanModel.from_config(config)
        tensors = read_weights(weights / "model.safetensors")
        wrapper.model.load_state_dict(tensors, strict=False, assign=True)  # as upstream does
        # No checkpoint has the angles of positions. A network without layers has the same angles.
        wrapper.model.freqs = CausalWanModel.from_config({**config, "num_layers": 0}).freqs
        wrapper.scheduler = FlowMatchScheduler(shift=shift, sigma_min=0.0, extra_one_step=True)
        wrapper.scheduler.set_timesteps(1000, training=True)
        wrapper.seq_len = HEIGHT * WIDTH * LATENTS_PER_STEP  # more than its tokens
        return wrapper.eval().requires_grad_(False)

    def _text_encoder(self, base: Path) -> Any:
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
        encoder.load_state_dict(read_weights(base / TEXT_ENCODER, pickles=True), assign=True)
        wrapper = WanTextEncoder.__new__(WanTextEncoder)
        torch.nn.Module.__init__(wrapper)
        wrapper.text_encoder = encoder.eval().requires_grad_(False)
        wrapper.tokenizer = HuggingfaceTokenizer(
            name=str(base / TOKENIZER), seq_len=512, clean="whitespace"
        )
        return wrapper

    def _encode(self, prompt: str) -> Any:
        """Return upstream's conditions of one text, and remove the encoder from the GPU."""
        encoder = self._pipe.text_encoder
        encoder.to(self._device)
        with self._torch.no_grad():
            encoded = encoder(text_prompts=[prompt])
        encoder.cpu()
        return encoded
