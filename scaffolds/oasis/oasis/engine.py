"""The world model: everything that is specific to Oasis and open-oasis."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from enum import IntEnum
from itertools import pairwise
from typing import Any, Literal

import numpy as np
from lucid import LoadContext, download_weights, use_upstream
from lucid.conditioning import MouseScale, multi_hot, seed_clip, warm_up

REPO = "Etched/oasis-500m"
COMMIT = "4ca7d2d811f4f0c6fd1d5719bf83f14af3446c0c"
FILES = ["oasis500m.safetensors", "vit-l-20.safetensors"]
DIT = "oasis500m.safetensors"
VAE = "vit-l-20.safetensors"
SAMPLE = "sample_data/sample_image_0.png"  # upstream's start picture, if the player has none
WIDTH, HEIGHT = 640, 360
FPS = 20
FRAMES_PER_STEP = 1
LAYOUT: Literal["HWC", "CHW"] = "CHW"
PIXEL_RANGE: Literal["uint8", "[0,1]", "[-1,1]"] = "[0,1]"
# Minecraft turns by 0.15 degrees per pixel, and 20 degrees are 1.
# Upstream has 40 steps of half a degree in each direction.
MOUSE = MouseScale(per_pixel=0.15 / 20, limit=1.0, order="yx", steps=40)
RNG_SEED = 0  # the same start and actions give the same world
DENOISING_STEPS = 10
NOISE_LEVELS = 1000
CONTEXT_LEVEL = 14  # a low noise level for past frames keeps a long rollout stable
LARGEST_NOISE = 20
LATENT_SCALE = 0.07843137255
ACTION_SIZE = 25
CAMERA = slice(15, 17)  # cameraX and cameraY, which are pitch and yaw


class Key(IntEnum):
    """The index of each key and mouse button in the action vector, which is VPT's.

    Index 1 is Esc. No input has it, because Esc releases the mouse in a browser.
    """

    FORWARD = 11
    BACK = 12
    LEFT = 13
    RIGHT = 14
    JUMP = 17
    SNEAK = 18
    SPRINT = 19
    ATTACK = 21
    USE = 22
    PICK_ITEM = 23
    DROP = 24
    SWAP_HANDS = 20
    INVENTORY = 0
    HOTBAR_1 = 2
    HOTBAR_2 = 3
    HOTBAR_3 = 4
    HOTBAR_4 = 5
    HOTBAR_5 = 6
    HOTBAR_6 = 7
    HOTBAR_7 = 8
    HOTBAR_8 = 9
    HOTBAR_9 = 10


@dataclass(frozen=True)
class Action:
    """The action of a player during one step."""

    held: tuple[Key, ...] = ()
    """The held keys, in the order in which they were pressed."""
    look: tuple[float, float] = (0.0, 0.0)
    """Motion of the view in the model's unit: +x right, +y down."""


class Engine:
    """One step generates one frame from noise, the last 31 frames and their actions.

    Lucid makes all calls on one thread.
    """

    def load(self, ctx: LoadContext) -> None:
        """Load both networks and generate two frames."""
        import torch
        from safetensors.torch import load_model

        sample = use_upstream(__file__) / SAMPLE
        # Upstream's script asserts on import that there is CUDA. Its networks do not.
        from dit import DiT_models
        from vae import VAE_models

        weights = download_weights(REPO, COMMIT, FILES, progress=ctx.progress)
        ctx.progress("load weights")
        self._torch = torch
        self._device = "cuda" if torch.cuda.is_available() else "cpu"
        self._dit, self._vae = DiT_models["DiT-S/2"](), VAE_models["vit-l-20-shallow-encoder"]()
        for network, file in ((self._dit, DIT), (self._vae, VAE)):
            load_model(network, weights / file)
            network.to(self._device).eval()
        self._alphas = signal_shares().to(self._device)
        self._sample = read_picture(sample)
        self._generator = torch.Generator(self._device)
        # The window slides, so a rollout has no end, and older frames are dropped.
        self._latents: deque[Any] = deque(maxlen=self._dit.max_frames - 1)
        self._actions: deque[Any] = deque(maxlen=self._dit.max_frames - 1)
        ctx.progress("warm up")
        warm_up(self, Action())

    def reset(self, seed_frame: np.ndarray | None = None) -> None:
        """Start again from a (HEIGHT, WIDTH, 3) uint8 picture, or from upstream's without one."""
        frame = self._sample if seed_frame is None else seed_frame
        still = seed_clip(frame, (WIDTH, HEIGHT), axes="TCHW", pixel_range="[-1,1]")
        self._generator.manual_seed(RNG_SEED)
        self._latents.clear()
        self._actions.clear()
        self._latents.append(self._encode(self._torch.from_numpy(still)))
        self._actions.append(self._vector(Action()))  # the first frame has no action

    def step(self, action: Action) -> Any:
        """Return the next (3, HEIGHT, WIDTH) float frame in [0, 1]."""
        torch = self._torch
        past = torch.cat([*self._latents], 1)
        vectors = torch.cat([*self._actions, self._vector(action)], 1)
        shape = past[:, :1].shape
        noise = torch.randn(shape, generator=self._generator, device=self._device)
        latent = noise.clamp(-LARGEST_NOISE, LARGEST_NOISE)
        levels = torch.linspace(NOISE_LEVELS - 1, -1, DENOISING_STEPS + 1).round().int().tolist()
        with torch.inference_mode():
            for level, next_level in pairwise(levels):
                latent = self._denoise(past, latent, vectors, level, next_level)
            frame = self._decode(latent)
        self._latents.append(latent)
        self._actions.append(vectors[:, -1:])
        return frame

    def _denoise(self, past: Any, latent: Any, vectors: Any, level: int, next_level: int) -> Any:
        """Denoise the last frame by one DDIM step. The last step, to level -1, adds no noise."""
        torch = self._torch
        times = torch.full((1, past.shape[1] + 1), CONTEXT_LEVEL, device=self._device)
        times[:, -1] = level
        with self._half():
            velocity = self._dit(torch.cat([past, latent], 1), times, vectors)[:, -1:].float()
        alpha = self._alphas[level]
        clean = alpha.sqrt() * latent - (1 - alpha).sqrt() * velocity
        if next_level < 0:
            return clean
        noise = ((1 / alpha).sqrt() * latent - clean) / (1 / alpha - 1).sqrt()
        alpha = self._alphas[next_level]
        return alpha.sqrt() * clean + (1 - alpha).sqrt() * noise

    def _vector(self, action: Action) -> Any:
        """Return the action as (1, 1, 25)."""
        vector = multi_hot(action.held, ACTION_SIZE)
        vector[CAMERA] = MOUSE.axes(action.look)
        return self._torch.from_numpy(vector).to(self._device).view(1, 1, -1)

    def _encode(self, picture: Any) -> Any:
        """Encode a (1, 3, H, W) picture in [-1, 1] to a (1, 1, 16, h, w) latent."""
        vae = self._vae
        with self._torch.inference_mode(), self._half():
            latent = vae.encode(picture.to(self._device)).mean.float() * LATENT_SCALE
        return latent.mT.reshape(1, 1, -1, HEIGHT // vae.patch_size, WIDTH // vae.patch_size)

    def _decode(self, latent: Any) -> Any:
        """Decode a (1, 1, 16, h, w) latent to a (3, H, W) frame in [0, 1]."""
        frame = self._vae.decode(latent[0].flatten(2).mT / LATENT_SCALE)[0]
        return ((frame + 1) / 2).clamp(0, 1)

    def _half(self) -> Any:
        """Return an autocast to half precision on a GPU, as upstream uses it."""
        torch = self._torch
        return torch.autocast(self._device, torch.half, enabled=self._device == "cuda")


def signal_shares() -> Any:
    """Return the share of signal in a frame at each noise level: a sigmoid from -3 to 3."""
    import torch

    curve = torch.linspace(-3, 3, NOISE_LEVELS + 1, dtype=torch.float64).sigmoid()
    share = (curve[-1] - curve) / (curve[-1] - curve[0])
    betas = (1 - share[1:] / share[:-1]).clip(0, 0.999)
    return (1 - betas.float()).cumprod(0)


def read_picture(path: Any) -> np.ndarray:
    """Read a picture file as (HEIGHT, WIDTH, 3) uint8."""
    from PIL import Image

    with Image.open(path) as image:
        return np.asarray(image.convert("RGB").resize((WIDTH, HEIGHT)))
