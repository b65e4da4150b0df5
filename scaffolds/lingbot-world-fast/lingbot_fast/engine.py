"""The world model: everything that is specific to LingBot-World's fast, causal model."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any, Literal

import numpy as np
from lucid import LoadContext, download_weights, use_upstream
from lucid.conditioning import (
    CameraPose,
    CameraSpeed,
    LivePrompt,
    RollingWindow,
    frames_of_latents,
    framewise,
    pulls,
    seed_clip,
    warm_up,
)

REPO = "robbyant/lingbot-world-fast"
COMMIT = "b7a1db2da9bd3ba675ee01c228f41db0309b981e"
FILES = ["*.json", "*.safetensors"]
# The text encoder and the autoencoder. Upstream needs "cam" in the path, and the repo name has it.
BASE = "robbyant/lingbot-world-base-cam"
BASE_COMMIT = "6fc824ffc338d64c97c77e2eb8c0f4cfc24d82bd"
BASE_FILES = ("google/umt5-xxl/*",)
BASE_PICKLES = ("models_t5_umt5-xxl-enc-bf16.pth", "Wan2.1_VAE.pth")
TASK = "i2v-A14B"
WIDTH, HEIGHT = 832, 480
FPS = 16
LATENTS_PER_STEP = 3
FRAMES_PER_STEP = frames_of_latents(LATENTS_PER_STEP, first=False)  # 9 in the first step
WINDOW = 18  # latents: the key-value cache takes 1.3 GB per latent
SINK = 3  # the first chunk stays in the cache
POSITIONS = 1024  # the number of latents that upstream's network has positions for
SEEN_STEPS = 11  # after 29 latents, the start picture has no effect on the encoded clip
LAYOUT: Literal["HWC", "CHW"] = "CHW"
PIXEL_RANGE: Literal["uint8", "[0,1]", "[-1,1]"] = "[-1,1]"
TIMES = [0, 179, 358, 679]  # of 1000: the four steps of the distilled model
SPEED = CameraSpeed(walk=0.05, turn_rad=np.deg2rad(2))  # per frame, from upstream's keys
# The lens of upstream's examples, in pixels: fx, fy, cx, cy.
LENS = (503 / 832 * WIDTH, 503 / 480 * HEIGHT, WIDTH / 2, HEIGHT / 2)
WORDS = 512
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
    MOVE_UP = ("up", 1)
    MOVE_DOWN = ("up", -1)
    ROLL_LEFT = ("roll", -1)
    ROLL_RIGHT = ("roll", 1)


@dataclass(frozen=True)
class Action:
    """The action of a player during one step."""

    held: tuple[Key, ...] = ()
    """The held keys, in the order in which they were pressed."""


class Engine:
    """One step is a chunk of three latents on the camera path of the keys held at its start.

    Lucid makes all calls on one thread.
    """

    def load(self, ctx: LoadContext) -> None:
        """Load the networks and play two chunks with the real shapes."""
        import torch

        use_upstream(__file__)
        from wan import WanI2VFast
        from wan.configs import WAN_CONFIGS
        from wan.utils.cam_utils import get_plucker_embeddings

        weights = download_weights(REPO, COMMIT, FILES, progress=ctx.progress)
        base = download_weights(
            BASE, BASE_COMMIT, BASE_FILES, pickles=BASE_PICKLES, progress=ctx.progress
        )
        ctx.progress("load weights")
        self._torch, self._rays = torch, get_plucker_embeddings
        config = WAN_CONFIGS[TASK]
        config.fast_noise_checkpoint = str(weights)  # absolute, so not relative to the base
        self._pipe = WanI2VFast(
            config=config,
            checkpoint_dir=str(base),
            device_id=0,
            local_attn_size=WINDOW,
            sink_size=SINK,
        )
        self._device = self._pipe.device
        self._pipe.scheduler.set_timesteps(config.num_train_timesteps, shift=config.sample_shift)
        self._times = self._pipe.scheduler.timesteps[TIMES]
        self._camera = CameraPose(SPEED)
        self._prompt = LivePrompt(self._encode, "A quiet place to explore")
        steps, sink, ends = (size // LATENTS_PER_STEP for size in (WINDOW, SINK, POSITIONS))
        self._window = RollingWindow[Any](steps, sink=sink, positions=ends)
        self._tokens = HEIGHT // 16 * (WIDTH // 16)  # per latent
        self._allocate()
        ctx.progress("warm up")
        warm_up(self, Action())

    def reset(self, seed_frame: np.ndarray | None = None) -> None:
        """Start again from a (HEIGHT, WIDTH, 3) uint8 picture, or from plain grey without one."""
        torch, pipe = self._torch, self._pipe
        picture = seed_clip(seed_frame, (WIDTH, HEIGHT), axes="CTHW", pixel_range="[-1,1]")
        clip = torch.from_numpy(picture)
        latents = SEEN_STEPS * LATENTS_PER_STEP
        empty = torch.zeros(3, frames_of_latents(latents, first=True) - 1, HEIGHT, WIDTH)
        with torch.no_grad():
            seen = pipe.vae.encode([torch.cat([clip, empty], 1).to(self._device)])[0]
        is_given = torch.zeros_like(seen[:4])
        is_given[:, 0] = 1
        self._seen = torch.cat([is_given, seen]).split(LATENTS_PER_STEP, 1)
        self._window.reset()
        self._clear_cache()
        self._text_is_new = True
        pipe.vae.model.clear_cache()
        self._generator = torch.Generator(self._device).manual_seed(RNG_SEED)
        self._camera.reset()
        self._steps = 0

    def set_prompt(self, prompt: str) -> None:
        """Set the prompt from the next chunk on. The same prompt again costs nothing."""
        if self._prompt.set(prompt):
            self._text_is_new = True

    def step(self, action: Action) -> Any:
        """Return the next FRAMES_PER_STEP (at first 9) (3, HEIGHT, WIDTH) floats in [-1, 1]."""
        torch, pipe = self._torch, self._pipe
        rays = self._path(action)
        seen = self._seen[min(self._steps, SEEN_STEPS - 1)]
        with torch.no_grad():
            with torch.autocast(self._device.type, dtype=pipe.param_dtype):
                if self._window.ended:
                    self._read_window()
                latents = self._denoise(seen, rays)
                self._keep(latents, seen, rays)
            frames = self._decode(latents.float())  # the autoencoder runs in float32
        self._steps += 1
        return frames

    def _allocate(self) -> None:
        """Make the caches. They are too large to make new ones before the old ones are freed."""
        network = self._pipe.model.config
        head = network.dim // network.num_heads
        options = {"num_layers": network.num_layers, "dtype": self._pipe.pipe_dtype}
        options["device"] = self._device
        self._room = WINDOW * self._tokens
        room, words = ([1, size, network.num_heads, head] for size in (self._room, WORDS))
        self._cache = self._pipe._initialize_self_kv_cache(shape=room, **options)
        self._text_cache = self._pipe._initialize_crossattn_cache(shape=words, **options)

    def _clear_cache(self) -> None:
        for layer in self._cache:
            layer["global_end_index"].zero_()
            layer["local_end_index"].zero_()

    def _read_window(self) -> None:
        """Fill the cleared cache with the chunks in sight. Their positions start at 0 again."""
        self._clear_cache()
        for chunk in self._window.restart():
            self._keep(*chunk)

    def _keep(self, clean: Any, seen: Any, rays: Any) -> None:
        """Pass a clean chunk through the network, so that no noise stays in the cache."""
        self._flow(clean, self._times[-1] * 0, seen, rays)
        self._window.add((clean, seen, rays))

    def _path(self, action: Action) -> Any:
        """Return the rays of each latent's camera: (1, 384, latents, HEIGHT / 8, WIDTH / 8).

        The pose of a latent is relative to the one before it, and a step at full speed is 1 long:
        upstream divides a clip's steps by the longest, which nobody knows of a rollout.
        """
        torch = self._torch
        is_first = self._steps == 0
        count = 4 * (LATENTS_PER_STEP - is_first)
        pull = pulls(key.value for key in action.held)
        steps = framewise(self._camera.path(count, **pull)[::4])
        if is_first:
            steps = np.concatenate([np.eye(4)[None], steps])
        length = np.linalg.norm(steps[:, :3, 3], axis=1).max()
        steps[:, :3, 3] /= max(length, 4 * SPEED.walk)
        poses = torch.tensor(steps, dtype=torch.float32, device=self._device)
        lens = torch.tensor([LENS] * len(steps), dtype=torch.float32, device=self._device)
        rays = self._rays(poses, lens, HEIGHT, WIDTH)
        rays = rays.unflatten(2, (-1, 8)).unflatten(1, (-1, 8))
        rays = rays.permute(5, 2, 4, 0, 1, 3).flatten(0, 2)[None]
        return rays.to(self._pipe.param_dtype)

    def _denoise(self, seen: Any, rays: Any) -> Any:
        """Return the clean latents of the chunk."""
        torch, scheduler = self._torch, self._pipe.scheduler
        shape = (16, LATENTS_PER_STEP, HEIGHT // 8, WIDTH // 8)
        options: dict[str, Any] = {"generator": self._generator, "device": self._device}
        latents = torch.randn(shape, **options)
        for index, time in enumerate(self._times):
            clean = self._pipe._convert_flow_pred_to_x0(
                flow_pred=self._flow(latents, time, seen, rays),
                xt=latents,
                timestep=time,
                scheduler=scheduler,
            )
            if index < len(self._times) - 1:
                noise = torch.randn(shape, **options)
                latents = scheduler.add_noise(clean, noise, self._times[index + 1])
        return clean

    def _flow(self, latents: Any, time: Any, seen: Any, rays: Any) -> Any:
        flow = self._pipe.model(
            x=[latents],
            t=time[None].to(self._device),
            context=self._prompt.encoded,
            seq_len=LATENTS_PER_STEP * self._tokens,
            y=[seen],
            dit_cond_dict={"c2ws_plucker_emb": [rays]},
            kv_cache=self._cache,
            crossattn_cache=self._text_cache,
            current_start=self._window.position * LATENTS_PER_STEP * self._tokens,
            max_attention_size=self._room,
            frame_seqlen=self._tokens,
            cross_attn_first_call=self._text_is_new,
        )[0]
        self._text_is_new = False
        return flow

    def _decode(self, latents: Any) -> Any:
        """Return (T, 3, HEIGHT, WIDTH) frames. The decoder keeps a cache of the last chunk."""
        vae = self._pipe.vae
        mean, scale = (part.view(-1, 1, 1, 1) for part in vae.scale)
        latents = vae.model.conv2((latents / scale + mean)[None])
        frames = []
        for index in range(LATENTS_PER_STEP):
            vae.model._conv_idx = [0]
            frames.append(
                vae.model.decoder(
                    latents[:, :, index, None],
                    feat_cache=vae.model._feat_map,
                    feat_idx=vae.model._conv_idx,
                )
            )
        return self._torch.cat(frames, 2)[0].float().clamp(-1, 1).transpose(0, 1)

    def _encode(self, prompt: str) -> Any:
        """Return a list with the (words, channels) of one text. Remove the encoder from the GPU."""
        encoder = self._pipe.text_encoder
        encoder.model.to(self._device)
        with self._torch.no_grad():
            encoded = encoder([prompt], self._device)
        encoder.model.cpu()
        return encoded
