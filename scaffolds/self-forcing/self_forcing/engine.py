"""The world model: everything that is specific to Self-Forcing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Literal

from lucid import LoadContext, download_weights, read_weights, use_upstream
from lucid.conditioning import (
    LivePrompt,
    RollingWindow,
    clear_caches,
    denoise,
    frames_of_latents,
    warm_up,
)

REPO = "gdhe17/Self-Forcing"
COMMIT = "2f8b779212da279d212c22a509b66ad6552f350e"
CHECKPOINT = "checkpoints/self_forcing_dmd.pt"  # read with weights_only, which runs no code
NETWORK = "generator_ema"  # its key in the checkpoint
CONFIG = "configs/self_forcing_dmd.yaml"
BASE = "Wan-AI/Wan2.1-T2V-1.3B"
BASE_COMMIT = "37ec512624d61f7aa208f7ea8140a131f93afc9a"
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
WIDTH, HEIGHT = 832, 480
FPS = 16
LATENTS_PER_STEP = 3
FRAMES_PER_STEP = frames_of_latents(LATENTS_PER_STEP, first=False)  # 3 fewer in the first step
WINDOW_STEPS = 7  # the model was trained on 21 latents, and sees no earlier ones
SINK_STEPS = 1  # the first block stays visible, as in training
POSITIONS = 1024  # the number of latents that upstream's network has positions for
LAYOUT: Literal["HWC", "CHW"] = "CHW"
PIXEL_RANGE: Literal["uint8", "[0,1]", "[-1,1]"] = "[-1,1]"
RNG_SEED = 0  # the same prompts give the same world


class Engine:
    """One step is a block of latents, denoised with earlier blocks in a rolling cache.

    Lucid makes all calls on one thread.
    """

    def load(self, ctx: LoadContext) -> None:
        """Load the networks and play two blocks with the real shapes."""
        import torch

        code = use_upstream(__file__)
        from omegaconf import OmegaConf
        from pipeline.causal_inference import CausalInferencePipeline
        from wan.modules.tokenizers import HuggingfaceTokenizer
        from wan.modules.vae import WanVAE

        weights = download_weights(REPO, COMMIT, [], pickles=[CHECKPOINT], progress=ctx.progress)
        base = download_weights(
            BASE, BASE_COMMIT, BASE_FILES, pickles=BASE_PICKLES, progress=ctx.progress
        )
        ctx.progress("load weights")
        self._torch = torch
        self._device = "cuda" if torch.cuda.is_available() else "cpu"
        self._dtype = torch.bfloat16  # the only dtype that upstream's attention returns
        config = OmegaConf.merge(
            OmegaConf.load(code / "configs/default_config.yaml"),
            OmegaConf.load(code / CONFIG),
        )
        window, sink = WINDOW_STEPS * LATENTS_PER_STEP, SINK_STEPS * LATENTS_PER_STEP
        rolling = {"local_attn_size": window, "sink_size": sink}  # otherwise the cache overflows
        network = self._network(
            read_weights(weights / CHECKPOINT, pickles=True)[NETWORK],
            json.loads((base / "config.json").read_text("utf-8")) | rolling,
            config.model_kwargs.timestep_shift,
        )
        self._tokenizer = HuggingfaceTokenizer(
            name=str(base / TOKENIZER), seq_len=512, clean="whitespace"
        )
        self._text = self._text_encoder(base)
        self._vae = WanVAE(vae_pth=str(base / AUTOENCODER), dtype=self._dtype, device=self._device)
        self._vae.model.to(self._dtype)
        self._pipe = CausalInferencePipeline(
            config, self._device, generator=network, text_encoder=self._text, vae=self._vae
        )
        self._pipe.frame_seq_length = HEIGHT // 16 * (WIDTH // 16)
        self._generator = torch.Generator(self._device)
        self._window = RollingWindow[Any](
            WINDOW_STEPS, sink=SINK_STEPS, positions=POSITIONS // LATENTS_PER_STEP
        )
        self._prompt = LivePrompt(self._encode, "A quiet place to explore")
        ctx.progress("warm up")
        warm_up(self)

    def reset(self) -> None:
        """Start again from noise."""
        self._generator.manual_seed(RNG_SEED)
        self._start()

    def _start(self) -> None:
        """Clear all caches."""
        self._vae.model.clear_cache()
        self._window.reset()
        self._read_window()

    def set_prompt(self, prompt: str) -> None:
        """Set the prompt from the next block on."""
        if self._prompt.set(prompt):
            # The caches hold earlier blocks, which were read with the old prompt.
            self._read_window()

    def step(self) -> Any:
        """Return the next FRAMES_PER_STEP (at first 3 fewer) floats, (3, HEIGHT, WIDTH) each.

        They are in [-1, 1].
        """
        if self._window.ended:
            self._read_window()
        shape = (1, LATENTS_PER_STEP, 16, HEIGHT // 8, WIDTH // 8)
        times = self._pipe.denoising_step_list
        latents = denoise(self._noise(shape), times, self._predict_next, self._renoise)
        self._keep(latents)
        return self._decode(latents)

    def _read_window(self) -> None:
        """Fill the cleared caches with the blocks in sight, using the current prompt."""
        clear_caches(self._pipe, "kv_cache1")
        options = {"batch_size": 1, "dtype": self._dtype, "device": self._device}
        self._pipe._initialize_kv_cache(**options)
        self._pipe._initialize_crossattn_cache(**options)
        for latents in self._window.restart():
            self._keep(latents)

    def _keep(self, latents: Any) -> None:
        """Pass a clean block through the network, so that no noise stays in the cache."""
        self._predict_next(latents, self._pipe.args.context_noise)
        self._window.add(latents)

    def _predict_next(self, latents: Any, time: Any) -> Any:
        return self._predict(latents, time, self._window.position * LATENTS_PER_STEP)

    def _decode(self, latents: Any) -> Any:
        with self._torch.no_grad():
            frames = self._vae.model.cached_decode(latents.transpose(1, 2), self._vae.scale)
        return frames[0].transpose(0, 1).float().clamp(-1, 1)

    @property
    def _prompt_embeds(self) -> Any:
        return self._prompt.encoded

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
