"""The world model: everything that is specific to LingBot-World's base model.

The model can be steered, but not in real time. Each step is a clip of some seconds. It starts from
the last frame of the clip before. Its camera path follows the keys that are held at its start.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any, Literal

import numpy as np
from lucid import LoadContext, download_weights, use_upstream
from lucid.conditioning import CameraPose, CameraSpeed, pulls, seed_picture

REPO = "robbyant/lingbot-world-base-cam"
COMMIT = "6fc824ffc338d64c97c77e2eb8c0f4cfc24d82bd"
FILES = [
    "high_noise_model/*.json",
    "high_noise_model/*.safetensors",
    "low_noise_model/*.json",
    "low_noise_model/*.safetensors",
    "google/umt5-xxl/*",
]
PICKLES = ["Wan2.1_VAE.pth", "models_t5_umt5-xxl-enc-bf16.pth"]
TASK = "i2v-A14B"
WIDTH, HEIGHT = 832, 480
FPS = 16
FRAMES_PER_STEP = 80  # a clip has one more: its start frame
LAYOUT: Literal["HWC", "CHW"] = "CHW"
PIXEL_RANGE: Literal["uint8", "[0,1]", "[-1,1]"] = "[-1,1]"
DENOISING_STEPS = 70
SPEED = CameraSpeed(walk=0.05, turn_rad=np.deg2rad(2))  # per frame, from upstream's keys
# The lens of upstream's examples, in pixels of 832x480: fx, fy, cx, cy; upstream scales them.
LENS = (503.0, 503.0, 416.0, 240.0)
RNG_SEED = 0


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
    """The model. Lucid makes all calls on one thread."""

    def load(self, ctx: LoadContext) -> None:  # lucid: noqa[LUC412] each clip takes long
        """Load the weights."""
        use_upstream(__file__)
        from wan import WanI2V
        from wan.configs import WAN_CONFIGS

        weights = download_weights(REPO, COMMIT, FILES, pickles=PICKLES, progress=ctx.progress)
        ctx.progress("load weights")
        self._config = WAN_CONFIGS[TASK]
        # Upstream searches for "cam" or "act" in the path of the weights, and has no default.
        WanI2V.control_type = "cam"
        self._pipe = WanI2V(config=self._config, checkpoint_dir=str(weights), device_id=0)
        self._camera = CameraPose(SPEED)
        self._prompt = "A quiet place to explore"
        self.reset()

    def reset(self, seed_frame: np.ndarray | None = None) -> None:
        """Start again from a (HEIGHT, WIDTH, 3) uint8 picture, or from plain grey without one."""
        self._start = seed_picture(seed_frame, (WIDTH, HEIGHT))
        self._camera.reset()
        self._clips = 0

    def set_prompt(self, prompt: str) -> None:
        """Set the prompt of the next clip. Upstream encodes it with the clip."""
        self._prompt = prompt

    def step(self, action: Action) -> Any:
        """Return the next (FRAMES_PER_STEP, 3, HEIGHT, WIDTH) float frames in [-1, 1]."""
        from PIL import Image

        with tempfile.TemporaryDirectory() as folder:
            self._save_path(Path(folder), action)
            clip = self._pipe.generate(
                self._prompt,
                Image.fromarray(self._start),
                action_path=folder,
                vis_ui=False,  # otherwise upstream draws the keys into the frames
                max_area=WIDTH * HEIGHT + 1,  # at exactly 832x480, upstream rounds down to 464 rows
                frame_num=FRAMES_PER_STEP + 1,
                shift=self._config.sample_shift,
                sampling_steps=DENOISING_STEPS,
                guide_scale=self._config.sample_guide_scale,
                seed=RNG_SEED + self._clips,
            )
        self._clips += 1
        frames = clip.transpose(0, 1)
        last = (frames[-1] + 1) * 127.5
        self._start = last.round().byte().permute(1, 2, 0).cpu().numpy()
        return frames[1:]  # the first frame repeats the last one

    def _save_path(self, folder: Path, action: Action) -> None:
        """Write the camera path of a clip into the files that upstream reads.

        It continues the path of the last clip. Upstream makes it relative to its first pose.
        """
        pull = pulls(key.value for key in action.held)
        path = self._camera.path(FRAMES_PER_STEP, **pull)
        np.save(folder / "poses.npy", path.astype(np.float32))
        np.save(folder / "intrinsics.npy", np.tile(np.float32(LENS), (len(path), 1)))
