"""The world model: everything that is specific to Krea Realtime."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from typing import Any, Literal

import numpy as np
from lucid import LoadContext, download_weights, read_weights, use_upstream
from lucid.conditioning import LivePrompt, denoise, frames_of_latents, seed_video, warm_up

REPO = "krea/krea-realtime-video"
# TODO(lucid): no commit of this repo is known; `lucid update` writes the current one here
COMMIT = "not pinned"
CHECKPOINT = "krea-realtime-video-14b.safetensors"
BASE = "Wan-AI/Wan2.1-T2V-14B"
BASE_COMMIT = "a064a6c71f5be440641209c07bf2a5ce7a2ff5e4"
BASE_FILES = (
    "config.json",
    "google/umt5-xxl/special_tokens_map.json",
    "google/umt5-xxl/spiece.model",
    "google/umt5-xxl/tokenizer.json",
    "google/umt5-xxl/tokenizer_config.json",
)
BASE_PICKLES = ("models_t5_umt5-xxl-enc-bf16.pth", "Wan2.1_VAE.pth")
TOKENIZER = "google/umt5-xxl"
TEXT_ENCODER = "models_t5_umt5-xxl-enc-bf16.pth"
AUTOENCODER = "Wan2.1_VAE.pth"
WIDTH, HEIGHT = 832, 480  # upstream's attention assumes 1560 tokens per latent
FPS = 16
LATENTS_PER_STEP = 3
FRAMES_PER_STEP = frames_of_latents(LATENTS_PER_STEP, first=False)  # 9 in the first step
CONTEXT_LATENTS = 3  # the model sees no earlier ones, so a rollout has no end
CLIP_FRAMES = frames_of_latents(CONTEXT_LATENTS, first=True)
DENOISING_STEPS = 5  # upstream uses 4 for a higher frame rate
PROMPT_STEPS = 4  # a new prompt takes over gradually
LAYOUT: Literal["HWC", "CHW"] = "CHW"
PIXEL_RANGE: Literal["uint8", "[0,1]", "[-1,1]"] = "[-1,1]"
RNG_SEED = 0  # the same start and prompts give the same world
CACHE_PARTS = 55  # the number of caches that the autoencoder keeps between blocks, as in upstream


class Engine:
    """One step is a block of three latents. The cache of the past is computed before each step.

    Lucid makes all calls on one thread.
    """

    def load(self, ctx: LoadContext) -> None:
        """Load the networks and play two blocks with the real shapes."""
        import torch

        code = use_upstream(__file__)
        from omegaconf import OmegaConf
        from pipeline.causal_inference import CausalInferencePipeline
        from wan.modules.tokenizers import HuggingfaceTokenizer

        weights = download_weights(REPO, COMMIT, [CHECKPOINT], progress=ctx.progress)
        base = download_weights(
            BASE, BASE_COMMIT, BASE_FILES, pickles=BASE_PICKLES, progress=ctx.progress
        )
        ctx.progress("load weights")
        self._torch = torch
        self._device = "cuda" if torch.cuda.is_available() else "cpu"
        self._dtype = torch.bfloat16  # the only dtype that upstream's attention returns
        config = OmegaConf.merge(
            OmegaConf.load(code / "configs/default_config.yaml"),
            OmegaConf.load(code / "configs/self_forcing_server_14b.yaml"),
        )
        network = self._network(
            read_weights(weights / CHECKPOINT),
            json.loads((base / "config.json").read_text("utf-8")),
            config.timestep_shift,
        )
        self._tokenizer = HuggingfaceTokenizer(
            name=str(base / TOKENIZER), seq_len=512, clean="whitespace"
        )
        self._text = self._text_encoder(base)
        self._load_autoencoder(base / AUTOENCODER)
        self._pipe = CausalInferencePipeline(
            config, self._device, generator=network, text_encoder=self._text, vae=self._decoder
        )
        self._pipe.local_attn_size = CONTEXT_LATENTS + LATENTS_PER_STEP  # the size of the caches
        times = torch.cat((self._pipe.scheduler.timesteps.cpu(), torch.zeros(1)))
        self._times = times[1000 - torch.linspace(1000, 0, DENOISING_STEPS).long()]
        self._generator = torch.Generator(self._device)
        self._prompt = LivePrompt(self._encode, "A quiet place to explore")
        ctx.progress("warm up")
        warm_up(self)

    def reset(self, seed_frame: np.ndarray | None = None) -> None:
        """Start again from (CLIP_FRAMES, HEIGHT, WIDTH, 3) frames of a video, or from noise."""
        self._generator.manual_seed(RNG_SEED)
        self._read_prompt(self._prompt.encoded)
        self._prompts: list[Any] = []
        self._steps = 0
        self._decode_cache: list[Any] = [None] * CACHE_PARTS
        self._past = self._past_frames = None
        if seed_frame is not None:
            frames = seed_video(seed_frame, (WIDTH, HEIGHT), CLIP_FRAMES)
            clip = self._torch.from_numpy(frames).permute(0, 3, 1, 2) / 127.5 - 1
            self._past, self._starts_still = self._encode_frames(clip), True
            self._decode(self._past)  # already shown; this fills the cache of the autoencoder

    def set_prompt(self, prompt: str) -> None:
        """Set the prompt from the next block on. A running rollout changes over a few blocks."""
        if self._prompt.set(prompt):
            before, after = self._prompt_embeds, self._prompt.encoded
            shares = self._torch.linspace(0, 1, PROMPT_STEPS).to(before)
            # Upstream's first share is 0, which changes nothing for a block, so it is left out.
            self._prompts = [self._torch.lerp(before, after, share) for share in shares[1:]]
            if self._steps == 0:
                self._prompts = [after]

    def step(self) -> Any:
        """Return the next FRAMES_PER_STEP (at first 9) (3, HEIGHT, WIDTH) floats in [-1, 1]."""
        start = self._read_past()  # with the prompt that it was generated with, as upstream
        if self._prompts:
            self._read_prompt(self._prompts.pop(0))
        noise = self._noise((1, LATENTS_PER_STEP, 16, HEIGHT // 8, WIDTH // 8))
        predict = partial(self._predict, start=start)
        latents = denoise(noise, self._times, predict, self._renoise)
        self._starts_still = self._steps == 0  # a rollout's own first latent, or that of its clip
        first = latents if self._past is None or self._steps else self._past
        self._past = self._torch.cat([first[:, :1], latents[:, 1:]], 1)
        self._steps += 1
        return self._decode(latents)

    def _read_prompt(self, embeds: Any) -> None:
        """Use this prompt. Without this call, the cross-attention keeps the last one."""
        self._prompt_embeds = embeds
        options = {"batch_size": 1, "dtype": self._dtype, "device": self._device}
        self._pipe._initialize_crossattn_cache(**options)

    def _read_past(self) -> int:
        """Fill the cleared cache with the past. Return the number of its latents.

        It writes all of them at once, without noise and from position 0, so positions never end.
        The first latent of a video is one frame, so the first one is encoded again as a still.
        """
        pipe, model = self._pipe, self._pipe.generator.model
        pipe._initialize_kv_cache(batch_size=1, dtype=self._dtype, device=self._device)
        if self._past is None:
            return 0
        if not self._starts_still:
            still = self._encode_frames(self._past_frames[:1])
            self._past = self._torch.cat([still, self._past[:, 1:]], 1)
        model.block_mask = model._prepare_blockwise_causal_attn_mask(
            device=self._device,
            num_frames=CONTEXT_LATENTS,
            frame_seqlen=pipe.frame_seq_length,
            num_frame_per_block=LATENTS_PER_STEP,
            local_attn_size=-1,
        )
        self._predict(self._past, 0, start=CONTEXT_LATENTS)
        model.block_mask = None
        return CONTEXT_LATENTS

    def _load_autoencoder(self, file: Path) -> None:
        """Load both halves of the autoencoder. Their caches are outside, so they can alternate."""
        import torch
        from demo_utils.vae_block3 import VAEDecoderWrapper, VAEEncoderWrapper
        from wan.modules.vae import WanVAE

        self._vae_dtype = torch.float16 if self._device == "cuda" else torch.float32
        whole = WanVAE(vae_pth=str(file), dtype=self._vae_dtype, device=self._device)
        decoder = VAEDecoderWrapper()
        tensors = whole.model.state_dict().items()
        own = {name: t for name, t in tensors if "decoder." in name or "conv2" in name}
        decoder.load_state_dict({**decoder.state_dict(), **own})  # with its own constants
        halves = [VAEEncoderWrapper(whole), decoder]
        self._encoder, self._decoder = (
            half.eval().requires_grad_(False).to(self._device, self._vae_dtype) for half in halves
        )

    def _encode_frames(self, frames: Any) -> Any:
        """Encode (1 + 4n, 3, HEIGHT, WIDTH) frames to (1, 1 + n, 16, h, w) latents."""
        clip = frames.transpose(0, 1)[None].to(self._device, self._vae_dtype)
        with self._torch.no_grad():
            latents, _ = self._encoder(clip, [None] * CACHE_PARTS, stream=False)
        return latents.transpose(1, 2).to(self._dtype)

    def _decode(self, latents: Any) -> Any:
        with self._torch.no_grad():
            frames, self._decode_cache = self._decoder(
                latents.to(self._vae_dtype), *self._decode_cache
            )
        self._past_frames = frames[0, -CLIP_FRAMES:]
        return frames[0]

    def _network(self, tensors: dict[str, Any], config: dict[str, Any], shift: float) -> Any:
        """Return the causal network with these weights, in upstream's wrapper for clean latents."""
        import torch
        from utils.scheduler import FlowMatchScheduler
        from utils.wan_wrapper import WanDiffusionWrapper
        from wan.modules.causal_model import CausalWanModel

        # Do not call its constructor: it loads the base network, which these weights replace.
        wrapper = WanDiffusionWrapper.__new__(WanDiffusionWrapper)
        torch.nn.Module.__init__(wrapper)
        with torch.device("meta"):
            wrapper.model = CausalWanModel.from_config(config)
        plain = {name.replace("_fsdp_wrapped_module.", ""): part for name, part in tensors.items()}
        wrapper.load_state_dict(plain, assign=True)
        # No checkpoint has the angles of positions. A network without layers has the same angles.
        wrapper.model.freqs = CausalWanModel.from_config({**config, "num_layers": 0}).freqs
        wrapper.uniform_timestep = False
        wrapper.seq_len = 32760
        wrapper.scheduler = FlowMatchScheduler(shift=shift, sigma_min=0.0, extra_one_step=True)
        wrapper.scheduler.set_timesteps(1000, training=True)
        wrapper.post_init()
        wrapper.eval().requires_grad_(False).to(self._device, self._dtype)
        for block in wrapper.model.blocks:
            block.self_attn.fuse_projections()
        return wrapper

    def _text_encoder(self, base: Path) -> Any:
        """Load the prompt encoder. No code of its pickle runs."""
        import torch
        from wan.modules.t5 import umt5_xxl

        meta = torch.device("meta")
        encoder = umt5_xxl(
            encoder_only=True, return_tokenizer=False, dtype=self._dtype, device=meta
        )
        encoder.load_state_dict(read_weights(base / TEXT_ENCODER, pickles=True), assign=True)
        return encoder.eval().requires_grad_(False).to(self._device, self._dtype)

    def _encode(self, prompt: str) -> Any:
        """Return the (1, 512, D) embeddings of a prompt."""
        ids, mask = self._tokenizer([prompt], return_mask=True, add_special_tokens=True)
        with self._torch.no_grad():
            embeds = self._text(ids.to(self._device), mask.to(self._device))
        embeds[:, int(mask.sum()) :] = 0  # padding has no meaning
        return embeds

    def _predict(self, latents: Any, time: Any, start: int) -> Any:
        """Predict the clean (1, T, 16, h, w) latents. The network caches their keys and values."""
        torch, pipe = self._torch, self._pipe
        times = torch.ones(latents.shape[:2], device=self._device, dtype=torch.int64) * time
        with torch.no_grad():
            _, clean = pipe.generator(
                noisy_image_or_video=latents,
                conditional_dict={"prompt_embeds": self._prompt_embeds},
                timestep=times,
                kv_cache=pipe.kv_cache1,
                crossattn_cache=pipe.crossattn_cache,
                current_start=start * pipe.frame_seq_length,
            )
        return clean

    def _renoise(self, clean: Any, time: Any) -> Any:
        flat = clean.flatten(0, 1)
        times = self._torch.ones(len(flat), device=self._device) * time
        noisy = self._pipe.scheduler.add_noise(flat, self._noise(flat.shape), times)
        return noisy.unflatten(0, clean.shape[:2])

    def _noise(self, shape: Any) -> Any:
        options = {"device": self._device, "dtype": self._dtype}
        return self._torch.randn(shape, generator=self._generator, **options)
