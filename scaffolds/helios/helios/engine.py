"""The world model: everything that is specific to Helios and diffusers."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from lucid import LoadContext, download_weights
from lucid.conditioning import LivePrompt, frames_of_latents, seed_clip, seed_video, warm_up

REPO = "BestWishYsh/Helios-Distilled"
COMMIT = "1999182614cb08d3bdcc46b9827504af2914b87b"
FILES = ["*.json", "*/*.safetensors", "tokenizer/*"]
WIDTH, HEIGHT = 640, 384
FPS = 24
LATENTS_PER_STEP = 9
FRAMES_PER_STEP = frames_of_latents(LATENTS_PER_STEP, first=True)  # each chunk decodes alone: 33
CLIP_FRAMES = FRAMES_PER_STEP
LAYOUT: Literal["HWC", "CHW"] = "HWC"
PIXEL_RANGE: Literal["uint8", "[0,1]", "[-1,1]"] = "[0,1]"
HISTORY_LATENTS = 16 + 2 + 1  # the part of the past that the model uses
RNG_SEED = 0  # the same start and prompts give the same world
SEED_NOISE = (0.111, 0.135)  # the model was trained with a little noise on the start


class Engine:
    """One call of the pipeline generates one chunk. It gets the latents of the last chunks.

    Lucid makes all calls on one thread.
    """

    def load(self, ctx: LoadContext) -> None:
        """Load the weights and play two chunks with the real shapes."""
        import torch
        from diffusers import AutoencoderKLWan, HeliosPyramidPipeline

        weights = download_weights(REPO, COMMIT, FILES, progress=ctx.progress)
        ctx.progress("load weights")
        self._torch = torch
        self._device = "cuda" if torch.cuda.is_available() else "cpu"
        dtype = torch.bfloat16 if self._device == "cuda" else torch.float32
        # This autoencoder shows bands in half precision. The scheduler must be that of the repo.
        vae = AutoencoderKLWan.from_pretrained(weights, subfolder="vae", dtype=torch.float32)
        self._pipe = HeliosPyramidPipeline.from_pretrained(weights, vae=vae, dtype=dtype)
        self._pipe.to(self._device)
        self._pipe.set_progress_bar_config(disable=True)
        self._generator = torch.Generator(self._device)
        self._is_distilled = bool(self._pipe.config.is_distilled)
        steps = [2, 2, 2] if self._is_distilled else [20, 20, 20]
        self._sampling: dict[str, Any] = {"pyramid_num_inference_steps_list": steps}
        self._guidance = 1.0 if self._is_distilled else 5.0
        self._prompt = LivePrompt(self._encode, "A quiet place to explore")
        ctx.progress("warm up")
        warm_up(self, seed_size=(HEIGHT, WIDTH))

    def reset(self, seed_frame: np.ndarray | None = None) -> None:
        """Start again from a (HEIGHT, WIDTH, 3) uint8 picture, from (CLIP_FRAMES, HEIGHT, WIDTH, 3)
        frames of a video, or from noise.
        """
        self._generator.manual_seed(RNG_SEED)
        self._steps = 0
        self._first = self._history = None  # the first latent of the rollout, and the last ones
        if seed_frame is not None:
            first, history = self._encode_start(seed_frame)
            self._first, self._history = self._noised(first), self._noised(history)

    def set_prompt(self, prompt: str) -> None:
        """Set the prompt from the next chunk on. Only a new prompt is encoded."""
        self._prompt.set(prompt)

    def step(self) -> np.ndarray:
        """Return the next (FRAMES_PER_STEP, HEIGHT, WIDTH, 3) float frames in [0, 1]."""
        prompt, negative = self._prompt.encoded
        chunk: dict[str, Any] = {}
        frames: np.ndarray = self._pipe(
            prompt_embeds=prompt,
            negative_prompt_embeds=negative,
            height=HEIGHT,
            width=WIDTH,
            num_frames=FRAMES_PER_STEP,
            guidance_scale=self._guidance,
            generator=self._generator,
            num_latent_frames_per_chunk=LATENTS_PER_STEP,
            image_latents=self._first,
            video_latents=self._history,
            add_noise_to_image_latents=False,  # done once, at the reset
            add_noise_to_video_latents=False,
            is_amplify_first_chunk=self._is_distilled and self._steps == 0,
            callback_on_step_end=lambda pipe, step, time, tensors: chunk.update(tensors) or {},
            **self._sampling,
        ).frames[0]
        self._remember(chunk["latents"])
        return frames

    def _remember(self, latents: Any) -> None:
        """Keep the latents that the next chunk needs. A longer history would fill the memory."""
        past = latents if self._history is None else self._torch.cat([self._history, latents], 2)
        self._history = past[:, :, -HISTORY_LATENTS:]
        if self._first is None:
            self._first = latents[:, :, :1]
        self._steps += 1

    def _encode(self, prompt: str) -> tuple[Any, Any]:
        with self._torch.no_grad():
            embeds: tuple[Any, Any] = self._pipe.encode_prompt(
                prompt,
                do_classifier_free_guidance=self._guidance > 1,
                max_sequence_length=512,
            )
        return embeds

    def _encode_start(self, seed_frame: np.ndarray) -> tuple[Any, Any]:
        """Return the latents of the first frame, and those before the first chunk."""
        torch, vae = self._torch, self._pipe.vae
        # (1, 16, 1, 1, 1) each; the pipeline calls the reciprocal of the deviation `latents_std`.
        mean = torch.tensor(vae.config.latents_mean, device=self._device).view(1, -1, 1, 1, 1)
        std = torch.tensor(vae.config.latents_std, device=self._device).view(1, -1, 1, 1, 1)
        options = {
            "latents_mean": mean,
            "latents_std": 1 / std,
            "num_latent_frames_per_chunk": LATENTS_PER_STEP,
            "dtype": torch.float32,
            "device": self._device,
            "generator": self._generator,
        }
        latents: tuple[Any, Any]
        with torch.no_grad():
            if seed_frame.ndim == 4:
                frames = seed_video(seed_frame, (WIDTH, HEIGHT), CLIP_FRAMES)
                clip = torch.from_numpy(frames).permute(3, 0, 1, 2)[None] / 127.5 - 1
                latents = self._pipe.prepare_video_latents(clip, **options)
            else:
                size = (WIDTH, HEIGHT)
                still = seed_clip(seed_frame, size, axes="TCHW", pixel_range="[-1,1]")
                latents = self._pipe.prepare_image_latents(torch.from_numpy(still), **options)
        return latents

    def _noised(self, latents: Any) -> Any:
        """Add a little noise to latents, with a different strength for each frame."""
        torch, (least, most) = self._torch, SEED_NOISE
        frames = latents.shape[2]
        options: dict[str, Any] = {"generator": self._generator, "device": self._device}
        strength = torch.rand(frames, **options).view(1, 1, frames, 1, 1) * (most - least) + least
        return strength * torch.randn(latents.shape, **options) + (1 - strength) * latents
