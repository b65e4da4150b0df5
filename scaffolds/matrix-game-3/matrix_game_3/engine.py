"""The world model: everything that is specific to Matrix-Game 3."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Literal

import numpy as np
from lucid import LoadContext, download_weights, use_upstream
from lucid.conditioning import Context, LivePrompt, MouseScale, multi_hot, seed_clip, warm_up

REPO = "Skywork/Matrix-Game-3.0"
COMMIT = "382aa382a03cec057360755aa72c7735025770bb"
FILES = ["base_distilled_model/*", "google/umt5-xxl/*"]
NETWORK = "base_distilled_model"
# Pickles. Upstream reads them with torch.load, which runs no code in them from torch 2.6 on.
TEXT_ENCODER = "models_t5_umt5-xxl-enc-bf16.pth"
ENCODER = "Wan2.2_VAE.pth"
DECODER = "MG-LightVAE_v2.pth"  # upstream's fast decoder, a quarter as wide
DECODER_PRUNED = 0.75
CODE = "Matrix-Game-3"
WIDTH, HEIGHT = 1280, 704
FPS = 25
FRAMES_PER_STEP = 40
FIRST_FRAMES = 57
CLIP_FRAMES_SEEN = 56  # a step generates the last 40 of them
GIVEN_LATENTS = 4  # the 16 frames before, which stay clean in every denoising step
MEMORY_FRAMES = 5
CONTEXT_STEPS = 204  # the positions of the network end with latent 2048
DENOISING_STEPS = 3
SHIFT = 5.0
LAYOUT: Literal["HWC", "CHW"] = "CHW"
PIXEL_RANGE: Literal["uint8", "[0,1]", "[-1,1]"] = "[-1,1]"
RNG_SEED = 0  # the same start and actions give the same world
KEYBOARD_SIZE = 6  # the last two are not used
# At most 0.1 per step. Up and right are positive, and pitch comes first. Below 0.02, the camera
# does not turn.
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
    """One step denoises 14 latents: 4 known ones, and 10 new ones, which are 40 frames.

    The network also sees the path of the camera, and five latents of the past, in which the camera
    saw what it sees now. Lucid makes all calls on one thread.
    """

    def load(self, ctx: LoadContext) -> None:
        """Load the networks and play two steps with the real shapes."""
        import torch

        use_upstream(__file__, CODE)
        from utils import cam_utils
        from utils import utils as paths
        from wan.modules.model import WanModel
        from wan.modules.t5 import T5EncoderModel
        from wan.modules.vae2_2 import Wan2_2_VAE
        from wan.utils.fm_solvers_unipc import FlowUniPCMultistepScheduler

        pickles = [TEXT_ENCODER, ENCODER, DECODER]
        weights = download_weights(REPO, COMMIT, FILES, pickles=pickles, progress=ctx.progress)
        ctx.progress("load weights")
        self._torch, self._cameras, self._paths = torch, cam_utils, paths
        self._scheduler_cls = FlowUniPCMultistepScheduler
        self._device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self._dtype = torch.bfloat16
        self._text = T5EncoderModel(
            text_len=512,
            dtype=self._dtype,
            device=torch.device("cpu"),
            checkpoint_path=str(weights / TEXT_ENCODER),
            tokenizer_path=str(weights / "google/umt5-xxl"),
        )
        self._text.model.to(self._device)
        network = WanModel.from_pretrained(weights / NETWORK, torch_dtype=self._dtype)
        self._network = network.to(self._device, self._dtype).eval().requires_grad_(False)
        self._vae = Wan2_2_VAE(
            vae_pth=str(weights / DECODER),
            device=self._device,
            dtype=self._dtype,
            vae_type="mg_lightvae",
            lightvae_pruning_rate=DECODER_PRUNED,
            lightvae_encoder_vae_pth=str(weights / ENCODER),
        )
        self._lens = cam_utils.get_intrinsics(HEIGHT, WIDTH)
        self._generator = torch.Generator(self._device)
        self._context = Context(CONTEXT_STEPS)
        self._prompt = LivePrompt(self._encode, "A quiet place to explore")
        ctx.progress("warm up")
        warm_up(self, Action())

    def reset(self, seed_frame: np.ndarray | None = None) -> None:
        """Start again from a (HEIGHT, WIDTH, 3) uint8 picture, or from plain grey without one."""
        torch = self._torch
        picture = seed_clip(seed_frame, (WIDTH, HEIGHT), axes="CTHW", pixel_range="[-1,1]")
        clip = torch.from_numpy(picture).to(self._device, self._dtype)
        self._generator.manual_seed(RNG_SEED)
        with torch.no_grad():
            self._given = self._vae.encode([clip])[0][None].to(self._dtype)
        self._vae_cache: list[Any] = [None] * 34
        self._pose = np.zeros(5)  # x, y, z, pitch, yaw
        self._path = torch.zeros(0, 4, 4, dtype=torch.float64)  # camera to world, for all frames
        self._keyboard = torch.zeros(1, 0, KEYBOARD_SIZE)
        self._mouse = torch.zeros(1, 0, 2)
        self._latents = self._given[:, :, :0]
        self._context.reset()

    def set_prompt(self, prompt: str) -> None:
        """Set the prompt from the next step on."""
        self._prompt.set(prompt)

    def step(self, action: Action) -> Any:
        """Return the next FRAMES_PER_STEP (at first 57) (3, HEIGHT, WIDTH) floats in [-1, 1]."""
        if self._context.ended:
            self.reset(self._last_frame)
        is_first = len(self._path) == 0
        self._move(action, FIRST_FRAMES if is_first else FRAMES_PER_STEP)
        end = len(self._path)
        start = 0 if is_first else end - CLIP_FRAMES_SEEN
        with self._torch.no_grad():
            latents = self._denoise(start, end)
            new = latents[:, :, (0 if is_first else GIVEN_LATENTS) :]
            self._given = latents[:, :, -GIVEN_LATENTS:]
            self._latents = self._torch.cat([self._latents, new], 2)
            frames, self._vae_cache = self._vae.stream_decode(
                new, self._vae_cache, first_chunk=is_first, segment_size=4
            )
        self._context.fill()
        frames = frames[0].transpose(0, 1).float().clamp(-1, 1)
        last = (frames[-1] + 1) * 127.5
        self._last_frame = last.round().byte().permute(1, 2, 0).cpu().numpy()
        return frames

    def _move(self, action: Action, frames: int) -> None:
        """Record the action and the pose of the camera for each of these frames."""
        torch = self._torch
        keyboard = torch.from_numpy(multi_hot(action.held, KEYBOARD_SIZE)).repeat(frames, 1)
        mouse = torch.tensor(MOUSE.axes(action.look)).repeat(frames, 1)
        poses, self._pose = self._paths.compute_all_poses_from_actions(
            keyboard, mouse, first_pose=self._pose, return_last_pose=True
        )
        turns = np.concatenate([np.zeros((frames, 1)), poses[:, 3:5]], axis=1)  # roll first
        path = self._cameras.get_extrinsics(turns.tolist(), poses[:, :3].tolist())
        self._path = torch.cat([self._path, path])
        self._keyboard = torch.cat([self._keyboard, keyboard[None]], 1)
        self._mouse = torch.cat([self._mouse, mouse[None]], 1)

    def _denoise(self, start: int, end: int) -> Any:
        """Return the latents of the frames from start to end, the known ones first."""
        torch, given = self._torch, self._given.shape[2]
        conditions = self._conditions(start, end)
        first, last = conditions["predict_latent_idx"]
        height, width = HEIGHT // 16, WIDTH // 16
        tokens = height * width // 4
        options = {"generator": self._generator, "device": self._device, "dtype": self._dtype}
        noise = torch.randn((1, 48, last - first, height, width), **options)
        latents = torch.cat([self._given, noise[:, :, given:]], 2)
        room = (latent_of(FIRST_FRAMES) + MEMORY_FRAMES) * tokens
        scheduler = self._scheduler_cls()
        scheduler.set_timesteps(DENOISING_STEPS, device=self._device, shift=SHIFT)
        for time in scheduler.timesteps:
            times = latents.new_full((last - first, tokens), float(time))
            times[:given] = 0
            call = {"x": latents, "t": times.reshape(1, -1), "seq_len": room}
            flow = self._network(**call, **conditions)
            latents = scheduler.step(flow, time, latents, return_dict=False)[0]
            latents = torch.cat([self._given, latents[:, :, given:]], 2)
        return latents

    def _conditions(self, start: int, end: int) -> dict[str, Any]:
        """Return the conditions for these frames: actions, rays of the camera, and memories."""
        options = {"device": self._device, "dtype": self._dtype}
        latents = latent_of(end) - latent_of(start)
        rays = self._paths.build_plucker_from_c2ws(
            self._path[start:end].to(self._device),
            np.linspace(start, end - 1, end - start),
            np.linspace(start + 3 if start else 0, end - 1, latents),
            framewise=True,
            **self._optics(),
        )
        memory: dict[str, Any] = {}
        if start:
            memory, seen = self._memories(start, end)
            rays = self._torch.cat([*seen, rays], 2)
        return {
            "context": self._prompt.encoded,
            "keyboard_cond": self._keyboard[:, start:end].to(**options),
            "mouse_cond": self._mouse[:, start:end].to(**options),
            "plucker_emb": rays.to(**options),
            "predict_latent_idx": (latent_of(start), latent_of(end)),
            **memory,
        }

    def _memories(self, start: int, end: int) -> tuple[dict[str, Any], list[Any]]:
        """Return the past latents in which the camera saw what it sees now, and their rays."""
        torch = self._torch
        now = [end - 1 - 8 * index for index in range(MEMORY_FRAMES)]
        then = self._cameras.select_memory_idx_fov(self._path, start, now, use_gpu=True)
        then[-1] = 4  # one memory is always from the start of the rollout
        places = [latent_of(frame) for frame in then]
        latents = self._latents[:, :, places]
        options = {"device": self._device, "dtype": self._dtype}
        memory = {
            "x_memory": latents,
            "timestep_memory": latents.new_zeros((1, latents[0, 0].numel() // 4)),
            "memory_latent_idx": places,
            # These values mean that the latents have no action.
            "keyboard_cond_memory": -torch.ones((1, MEMORY_FRAMES, KEYBOARD_SIZE), **options),
            "mouse_cond_memory": torch.ones((1, MEMORY_FRAMES, 2), **options),
        }
        return memory, [self._rays_of(*pair) for pair in zip(then, now, strict=True)]

    def _rays_of(self, frame: int, seen_from: int) -> Any:
        """Return the rays of the latent of a frame, relative to the camera of another frame."""
        block = (frame - 1) // 4 * 4 + 1 if frame else 1
        poses = self._path[block : block + 4].numpy()
        pose = self._cameras._interpolate_camera_poses_handedness(
            src_indices=np.linspace(block, block + 3, len(poses)),
            src_rot_mat=poses[:, :3, :3],
            src_trans_vec=poses[:, :3, 3],
            tgt_indices=np.array([block + 3], np.float32),
        )
        pair = self._torch.cat([self._path[seen_from : seen_from + 1], pose])
        relative = self._cameras.compute_relative_poses(pair, framewise=False)[1:2]
        return self._paths.build_plucker_from_pose(relative.to(self._device), **self._optics())

    def _optics(self) -> dict[str, Any]:
        size = {"target_h": HEIGHT, "target_w": WIDTH}
        return {"base_K": self._lens, **size, "lat_h": HEIGHT // 16, "lat_w": WIDTH // 16}

    def _encode(self, prompt: str) -> Any:
        with self._torch.no_grad():
            return self._text([prompt], device=self._device)


def latent_of(frame: int) -> int:
    """Return the latent of a frame: the first one has one frame, all others have four."""
    return (frame - 1) // 4 + 1
