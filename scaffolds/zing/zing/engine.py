"""The world model: everything that is specific to Zing-0.5."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Literal

import numpy as np
from lucid import LoadContext, download_weights, read_weights, use_upstream
from lucid.conditioning import (
    Context,
    ForkedRng,
    LivePrompt,
    frames_of_latents,
    multi_hot,
    seed_clip,
    warm_up,
)

REPO = "seedleap/Zing-0.5"
COMMIT = "b7a6f480d5f36ec6a1e82a489cde8d8305a28438"
FILES = ["pretrained/text_encoder/*", "pretrained/tokenizer/*", "pretrained/vae/*"]
CHECKPOINT = "generator/model.pt"  # read with weights_only, which runs no code
WIDTH, HEIGHT = 1248, 704  # multiples of 32
FPS = 24
LATENTS_PER_STEP = 4
FRAMES_PER_STEP = frames_of_latents(LATENTS_PER_STEP, first=False)  # 1 in the first step
# Latents that the network sees: a window, and in it the first ones. Upstream's values to play live;
# 97 and 9 remember more, and need a GPU of 80 GB.
WINDOW, SINK = 33, 5
CONTEXT_STEPS = 256  # the network has positions for 1024 latents
LAYOUT: Literal["HWC", "CHW"] = "CHW"
PIXEL_RANGE: Literal["uint8", "[0,1]", "[-1,1]"] = "[-1,1]"
RNG_SEED = 0


class Key(IntEnum):
    """The keys that can be held, with their places in the action: W, A, S, D, I, J, K, L."""

    FORWARD = 0
    LEFT = 1
    BACK = 2
    RIGHT = 3
    LOOK_UP = 4
    LOOK_LEFT = 5
    LOOK_DOWN = 6
    LOOK_RIGHT = 7


@dataclass(frozen=True)
class Action:
    """The action of a player during one step."""

    held: tuple[Key, ...] = ()
    """The held keys, in the order in which they were pressed."""


class Engine:
    """The first step is one latent, and each later one a block of four.

    Lucid makes all calls on one thread.
    """

    def load(self, ctx: LoadContext) -> None:
        """Load the networks and play two steps with the real shapes."""
        import torch

        code = use_upstream(__file__, "src")
        from diffusers.models.autoencoders.autoencoder_kl_wan import unpatchify
        from zing_v0_5 import load_config, with_cache_window
        from zing_v0_5.model import WanModel, WanTextEncoder, WanVAE
        from zing_v0_5.scheduler import DmdScheduler

        weights = download_weights(REPO, COMMIT, FILES, pickles=[CHECKPOINT], progress=ctx.progress)
        ctx.progress("load weights")
        self._torch, self._unpatchify, self._scheduler = torch, unpatchify, DmdScheduler
        self._device = "cuda" if torch.cuda.is_available() else "cpu"
        self._config = with_cache_window(load_config(code / "config/zing.yaml"), WINDOW, SINK)
        options: dict[str, Any] = {"device": self._device, "dtype": torch.bfloat16}
        with torch.device("meta"):
            network = WanModel(self._config)
        network.load_state_dict(read_weights(weights / CHECKPOINT, pickles=True), assign=True)
        self._network = network.eval().requires_grad_(False).to(**options)
        encoders = weights / "pretrained"
        self._text = WanTextEncoder(encoders, self._config.text_encoder.max_length)
        self._text.eval().requires_grad_(False).to(torch.bfloat16)
        self._vae = WanVAE(encoders).eval().requires_grad_(False).to(**options)
        self._rng = ForkedRng(torch, RNG_SEED)  # upstream's scheduler draws without a generator
        self._cache = network.make_kv_cache()
        self._prompt = LivePrompt(self._encode, "A quiet place to explore")
        self._context = Context(CONTEXT_STEPS)
        ctx.progress("warm up")
        warm_up(self, Action(), seed_size=(HEIGHT, WIDTH))

    def reset(self, seed_frame: np.ndarray | None = None) -> None:
        """Start again from a (HEIGHT, WIDTH, 3) uint8 picture, or from the prompt without one."""
        torch = self._torch
        self._picture = None
        if seed_frame is not None:
            clip = torch.from_numpy(seed_clip(seed_frame, (WIDTH, HEIGHT), axes="CTHW"))
            with torch.no_grad():
                self._picture = self._vae.encode(clip[None]).to(torch.bfloat16)
        self._vae.model.clear_cache()
        self._cache = self._network.make_kv_cache()
        self._prompt_is_new = False
        self._rng.reset()
        self._context.reset()

    def set_prompt(self, prompt: str) -> None:
        """Set the prompt from the next block on. The same prompt again costs nothing."""
        if self._prompt.set(prompt):
            self._prompt_is_new = not self._cache.is_cold

    def step(self, action: Action) -> Any:
        """Return the next FRAMES_PER_STEP (at first 1) (3, HEIGHT, WIDTH) floats in [-1, 1]."""
        if self._context.ended:
            self.reset(self._last_frame)
        torch, cache = self._torch, self._cache
        is_first = cache.is_cold
        count = 1 if is_first else LATENTS_PER_STEP
        # The keys in each of the four frames of a latent. None of them leads to the first frame.
        keys = torch.zeros(1, count, 4, len(Key), device=self._device)
        if not is_first:
            keys += torch.from_numpy(multi_hot(action.held, len(Key))).to(self._device)
        with torch.no_grad(), self._rng:
            latents = self._picture if is_first else None
            if latents is None:
                latents = self._denoise(count, keys)
            self._flow(latents, 0, keys, "final")
            frames = self._decode(latents, is_first)
        cache.action_history = cache.action_history[:, -cache.action_history_frames :]
        self._context.fill()
        last = (frames[-1] + 1) * 127.5
        self._last_frame = last.round().byte().permute(1, 2, 0).cpu().numpy()
        return frames

    def _denoise(self, count: int, keys: Any) -> Any:
        """Return the clean (1, count, channels, HEIGHT / 16, WIDTH / 16) latents of a block."""
        shape = (1, count, self._config.vae.z_dim, HEIGHT // 16, WIDTH // 16)
        latents = self._torch.randn(shape, device=self._device, dtype=self._torch.bfloat16)
        scheduler = self._scheduler(self._config.inference).to(self._device)
        for time in scheduler.timesteps:
            latents, _ = scheduler.step(self._flow(latents, time, keys, "active"), latents)
        return latents

    def _flow(self, latents: Any, time: Any, keys: Any, cache_mode: str) -> Any:
        """Return the flow of latents. "active" writes the cache of the block, "final" keeps it."""
        words, lengths = self._prompt.encoded
        flow = self._network(
            latents.transpose(1, 2),
            self._torch.full(latents.shape[:2], float(time), device=self._device),
            words,
            lengths,
            self._cache,
            cache_mode,
            action=keys,
            prompt_switch=self._prompt_is_new,
        )
        self._prompt_is_new = False
        return flow.transpose(1, 2)

    def _decode(self, latents: Any, is_first: bool) -> Any:
        """Return (T, 3, HEIGHT, WIDTH) frames. The decoder keeps a cache of the last block."""
        vae = self._vae.model
        mean, std = self._vae._stats(latents)
        hidden = vae.post_quant_conv(latents.transpose(1, 2) * std + mean)
        frames = []
        for index in range(hidden.shape[2]):
            vae._conv_idx = [0]
            frame = vae.decoder(
                hidden[:, :, index : index + 1],
                feat_cache=vae._feat_map,
                feat_idx=vae._conv_idx,
                first_chunk=is_first,
            )
            frames.append(self._unpatchify(frame, vae.config.patch_size))
        return self._torch.cat(frames, 2)[0].float().clamp(-1, 1).transpose(0, 1)

    def _encode(self, prompt: str) -> Any:
        """Return the embeddings of a prompt, and their number. Remove the encoder from the GPU."""
        self._text.to(self._device)
        with self._torch.no_grad():
            words, lengths = self._text.encode([prompt])
        self._text.to("cpu")
        return words, lengths
