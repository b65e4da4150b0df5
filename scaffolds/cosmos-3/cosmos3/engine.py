"""The world model: everything that is specific to Cosmos 3 with robot actions, and diffusers.

The model can be steered, but not in real time. A step is a clip of 16 frames, which is three
seconds, with the action that is held at its start. It starts from the last frame of the last clip.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Literal

import numpy as np
from lucid import LoadContext, download_weights
from lucid.conditioning import seed_picture

REPO = "nvidia/Cosmos3-Nano"
COMMIT = "411f42a8fdfb8c5b2583cb8786e0938f49796eaa"
FILES = [
    "*.json",
    "*/*.json",
    "*/*.safetensors",
    "text_tokenizer/*",
]
DOMAIN = "bridge_orig_lerobot"  # the robot: its layers, its scale and its frame rate
# NVIDIA's licence asks for it: install cosmos_guardrail, and accept the terms of its gated repo.
GUARDRAIL = False
WIDTH, HEIGHT = 640, 480  # of the Bridge data set
RESOLUTION_TIER = 480  # of the sizes that the model was trained on
FPS = 5
FRAMES_PER_STEP = 16  # a clip has one more: its start frame
CLIP_FRAMES = 1  # with actions, the model sees one frame of the past
LAYOUT: Literal["HWC", "CHW"] = "HWC"
PIXEL_RANGE: Literal["uint8", "[0,1]", "[-1,1]"] = "[0,1]"
DENOISING_STEPS = 30
ACTION_SIZE = 10
# The motion per frame at full pull. Most motions of the data set are no larger than 0.04 m.
REACH_M, TWIST_RAD = 0.02, 0.05
GRIP = 0.25  # per frame; the number is the opening of the gripper, from 0 to 1
# The quantiles 0.01 and 0.99 of each number in the data set, which become -1 and 1.
Q01 = (
    (-0.038884, -0.028667, -0.03784)
    + (0.976292, -0.163098, -0.081545)
    + (-0.160193, 0.976322, -0.078872)
    + (0.0,)
)
Q99 = (0.039722, 0.029068, 0.026702, 1.0, 0.160195, 0.081655, 0.163227, 1.0, 0.095189, 1.0)
RNG_SEED = 0


class Axis(IntEnum):
    """The index of each axis in a player's action, as seen from the gripper."""

    DX = 0
    DY = 1
    DZ = 2
    TILT = 3
    TURN = 4
    ROLL = 5
    GRIPPER = 6


@dataclass(frozen=True)
class Action:
    """The action of a player during one step."""

    vector: tuple[float, ...] = (0.0,) * len(Axis)
    """The value of each axis, from -1 to 1."""


class Engine:
    """The model. Lucid makes all calls on one thread."""

    def load(self, ctx: LoadContext) -> None:  # lucid: noqa[LUC412] each clip takes long
        """Load the pipeline."""
        import torch
        from diffusers import Cosmos3OmniPipeline, UniPCMultistepScheduler

        weights = download_weights(REPO, COMMIT, FILES, progress=ctx.progress)
        ctx.progress("load weights")
        self._torch = torch
        self._device = "cuda" if torch.cuda.is_available() else "cpu"
        dtype = torch.bfloat16 if self._device == "cuda" else torch.float32
        self._pipe = Cosmos3OmniPipeline.from_pretrained(
            weights, dtype=dtype, enable_safety_checker=GUARDRAIL
        )
        self._pipe.scheduler = UniPCMultistepScheduler.from_config(
            self._pipe.scheduler.config, flow_shift=10.0, use_karras_sigmas=False
        )
        self._pipe.to(self._device)
        self._pipe.set_progress_bar_config(disable=True)
        self._generator = torch.Generator(self._device)
        self._prompt = "A quiet place to explore"
        self.reset()

    def reset(self, seed_frame: np.ndarray | None = None) -> None:
        """Start again from a (HEIGHT, WIDTH, 3) uint8 picture, from (CLIP_FRAMES, HEIGHT, WIDTH, 3)
        frames of a video, or from plain grey.
        """
        last = seed_frame[-1] if seed_frame is not None and seed_frame.ndim == 4 else seed_frame
        self._start = seed_picture(last, (WIDTH, HEIGHT))
        self._grip = 0.5
        self._generator.manual_seed(RNG_SEED)

    def set_prompt(self, prompt: str) -> None:
        """Set the task of the next clip. The pipeline encodes it with the clip."""
        self._prompt = prompt

    def step(self, action: Action) -> Any:
        """Return the next (FRAMES_PER_STEP, HEIGHT, WIDTH, 3) float frames in [0, 1]."""
        from diffusers import CosmosActionCondition
        from PIL import Image

        clip: np.ndarray = self._pipe(
            prompt=self._prompt,
            action=CosmosActionCondition(
                mode="forward_dynamics",
                chunk_size=FRAMES_PER_STEP,
                domain_name=DOMAIN,
                resolution_tier=RESOLUTION_TIER,
                raw_actions=self._torch.from_numpy(self._vectors(action)),
                image=Image.fromarray(self._start),
            ),
            fps=FPS,
            num_inference_steps=DENOISING_STEPS,
            guidance_scale=1.0,  # as in NVIDIA's examples with actions
            generator=self._generator,
            output_type="np",
            use_system_prompt=False,
        ).video
        self._start = (clip[-1] * 255).round().astype(np.uint8)
        return clip[1:]  # the first frame repeats the last one

    def _vectors(self, action: Action) -> np.ndarray:
        """Return (FRAMES_PER_STEP, ACTION_SIZE): per frame, the motion of the gripper since the
        frame before, two columns of its rotation, and its opening; all normalised.
        """
        pull = np.array(action.vector)
        columns = rotation(TWIST_RAD * pull[Axis.TILT : Axis.GRIPPER])[:, :2].T.ravel()
        motion = [*(REACH_M * pull[: Axis.TILT]), *columns]
        ahead = np.arange(1, FRAMES_PER_STEP + 1)
        grip = np.clip(self._grip + GRIP * pull[Axis.GRIPPER] * ahead, 0, 1)
        self._grip = float(grip[-1])
        vectors = np.column_stack([np.tile(motion, (FRAMES_PER_STEP, 1)), grip])
        low, high = np.array(Q01), np.array(Q99)
        return (2 * (vectors - low) / (high - low) - 1).astype(np.float32)


def rotation(turn: np.ndarray) -> np.ndarray:
    """Return the (3, 3) matrix of a rotation vector in radians, by Rodrigues' formula."""
    x, y, z = turn
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    angle = float(np.linalg.norm(turn))
    # np.sinc(a / pi) is sin(a) / a, and 1 at 0; likewise for (1 - cos(a)) / a**2.
    return (
        np.eye(3)
        + np.sinc(angle / np.pi) * cross
        + 0.5 * np.sinc(angle / (2 * np.pi)) ** 2 * cross @ cross
    )
