"""The world model: everything that is specific to Yume 1.5.

The model has no key inputs. Held keys become sentences in the prompt, as in its training data.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Any, Literal

import numpy as np
from lucid import LoadContext, download_weights, use_upstream
from lucid.conditioning import (
    LivePrompt,
    RollingWindow,
    frames_of_latents,
    pulls,
    seed_clip,
    warm_up,
)

REPO = "stdstu123/Yume-5B-720P"
# TODO(lucid): no commit of this repo is known; `lucid update` writes the current one here
COMMIT = "not pinned"
FILES = ["config.json", "diffusion_pytorch_model.safetensors", "google/umt5-xxl/*"]
PICKLES = ["Wan2.2_VAE.pth", "models_t5_umt5-xxl-enc-bf16.pth"]  # torch 2.6 runs no code in them
TASK = "ti2v-5B"
WIDTH = 1280
HEIGHT = 704  # a multiple of 32
FPS = 16
LATENTS_PER_STEP = 8
# Each chunk is decoded separately: its first latent is one frame, so it has 29 frames, not 32.
FRAMES_PER_STEP = frames_of_latents(LATENTS_PER_STEP, first=True)
SEED_FRAMES = 17  # five latents of the still picture come before the first chunk
WINDOW_STEPS = 42  # the network compresses older latents more: up to 342 latents
SINK_STEPS = 1  # it also treats the first latent as a special one
LAYOUT: Literal["HWC", "CHW"] = "CHW"
PIXEL_RANGE: Literal["uint8", "[0,1]", "[-1,1]"] = "[-1,1]"
DENOISING_STEPS = 4
SHIFT = 7.0
RNG_SEED = 43

PERSPECTIVE = "First-person perspective."
# By (forward, right).
MOVES = {
    (0, 0): "The camera's movement direction remains stationary (\u00b7).",
    (1, 0): "The camera pushes forward (W).",
    (-1, 0): "The camera pulls back (S).",
    (0, -1): "The camera moves to the left (A).",
    (0, 1): "The camera moves to the right (D).",
    (1, -1): "The camera pushes forward and moves to the left (W+A).",
    (1, 1): "The camera pushes forward and moves to the right (W+D).",
    (-1, -1): "The camera pulls back and moves to the left (S+A).",
    (-1, 1): "The camera pulls back and moves to the right (S+D).",
}
# By (right, up).
TURNS = {
    (0, 0): "The rotation direction of the camera remains stationary (\u00b7).",
    (1, 0): "The camera pans to the right (\u2192).",
    (-1, 0): "The camera pans to the left (\u2190).",
    (0, 1): "The camera tilts up (\u2191).",
    (0, -1): "The camera tilts down (\u2193).",
    (1, 1): "The camera tilts up and pans to the right (\u2191\u2192).",
    (-1, 1): "The camera tilts up and pans to the left (\u2191\u2190).",
    (1, -1): "The camera tilts down and pans to the right (\u2193\u2192).",
    (-1, -1): "The camera tilts down and pans to the left (\u2193\u2190).",
}


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


def told(held: Iterable[Key], prompt: str) -> str:
    """Return the sentences for the held keys, and the prompt, in the form of the training data."""
    pull = pulls(key.value for key in held)
    move = MOVES[round(pull["forward"]), round(pull["right"])]
    turn = TURNS[round(pull["yaw"]), round(pull["pitch"])]
    return f"{PERSPECTIVE} {move} {turn} {prompt}"


class Engine:
    """One step is a chunk of eight latents. It sees the first chunk and the latest ones.

    Lucid makes all calls on one thread.
    """

    def load(self, ctx: LoadContext) -> None:
        """Load the networks and play two chunks with the real shapes."""
        import torch

        use_upstream(__file__)
        from wan23 import Yume
        from wan23.configs import WAN_CONFIGS

        weights = download_weights(REPO, COMMIT, FILES, pickles=PICKLES, progress=ctx.progress)
        ctx.progress("load weights")
        self._torch = torch
        self._yume = Yume(config=WAN_CONFIGS[TASK], checkpoint_dir=str(weights), device_id=0)
        self._device = self._yume.device
        network = self._yume.model.eval().requires_grad_(False)
        self._network = network.to(device=self._device, dtype=torch.bfloat16)
        self._yume.text_encoder.model.to(self._device)
        shares = np.linspace(1, 0, DENOISING_STEPS + 1)
        self._sigmas = (SHIFT * shares / (1 + (SHIFT - 1) * shares)).tolist()
        self._prompt = "A quiet place to explore"
        self._text = LivePrompt(self._encode, told((), self._prompt))
        self._window = RollingWindow[Any](WINDOW_STEPS, sink=SINK_STEPS)
        ctx.progress("warm up")
        warm_up(self, Action(), seed_size=(HEIGHT, WIDTH))

    def reset(self, seed_frame: np.ndarray | None = None) -> None:
        """Start again from a (HEIGHT, WIDTH, 3) uint8 picture, or from the prompt without one."""
        torch = self._torch
        self._generator = torch.Generator(self._device).manual_seed(RNG_SEED)
        self._window.reset()
        if seed_frame is not None:
            size = (WIDTH, HEIGHT)
            clip = seed_clip(seed_frame, size, SEED_FRAMES, axes="CTHW", pixel_range="[-1,1]")
            with torch.no_grad(), self._half():
                pictures = torch.from_numpy(clip).to(self._device)
                self._window.add(self._yume.vae.encode([pictures])[0])

    def set_prompt(self, prompt: str) -> None:
        """Set the prompt from the next chunk on."""
        self._prompt = prompt

    def step(self, action: Action) -> Any:
        """Return the next (FRAMES_PER_STEP, 3, HEIGHT, WIDTH) float frames in [-1, 1]."""
        torch = self._torch
        self._text.set(told(action.held, self._prompt))
        shape = (self._yume.vae.model.z_dim, LATENTS_PER_STEP, HEIGHT // 16, WIDTH // 16)
        latents = torch.randn(shape, generator=self._generator, device=self._device)
        with torch.no_grad(), self._half():
            for sigma, lower in zip(self._sigmas, self._sigmas[1:], strict=False):
                latents = latents + (lower - sigma) * self._flow(latents, 1000 * sigma)
            frames = self._yume.vae.decode([latents])[0]
        self._window.add(latents)
        return frames.float().clamp(-1, 1).transpose(0, 1)

    def _flow(self, latents: Any, time: float) -> Any:
        """Return the flow of the chunk's latents. The latents before it are clean, at time 0."""
        torch = self._torch
        tokens = latents.shape[2] * latents.shape[3] // 4  # per latent
        chunk = LATENTS_PER_STEP
        options: dict[str, Any] = {"context": self._text.encoded, "latent_frame_zero": chunk}
        exact = {"dtype": torch.float64, "device": self._device}  # as upstream's times of numpy
        past = self._window.kept
        if not past:  # a rollout's first chunk, from the prompt alone
            times = torch.tensor([time], **exact)
            options |= {"seq_len": tokens * chunk, "flag": False}
            return self._network([latents], t=times, **options)[0]
        every = torch.cat([*past, latents], 1)
        times = torch.full((1, tokens * every.shape[1]), time, **exact)
        times[:, : -tokens * chunk] = 0
        flow = self._network([every], t=times, seq_len=times.shape[1], **options)[0]
        return flow[:, -chunk:]

    def _encode(self, text: str) -> Any:
        """Return a list with the (words, channels) of one text."""
        with self._torch.no_grad():
            return self._yume.text_encoder([text], self._device)

    def _half(self) -> Any:
        return self._torch.autocast(self._device.type, dtype=self._torch.bfloat16)
