"""The world model: everything that is specific to Cosmos-Predict2 with robot actions.

The model can be steered, but not in real time. A step is a clip of twelve frames, which is three
seconds, with the action that is held at its start. It starts from the last frame of the last clip.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Literal

import numpy as np
from lucid import LoadContext, download_weights
from lucid.conditioning import seed_picture

REPO = "nvidia/Cosmos-Predict2-2B-Sample-Action-Conditioned"
# TODO(lucid): no commit of this repo is known; `lucid update` writes the current one here
COMMIT = "not pinned"
CHECKPOINT = "model-480p-4fps.pt"  # a pickle; torch 2.6 runs no code in it
# The autoencoder is in a gated repo.
BASE = "nvidia/Cosmos-Predict2-2B-Video2World"
BASE_COMMIT = "f50c09f5d8ab133a90cac3f4886a6471e9ba3f18"
BASE_FILES = ()
BASE_PICKLES = ("tokenizer/tokenizer.pth",)
WIDTH, HEIGHT = 640, 480  # of the Bridge data set
FPS = 4
FRAMES_PER_STEP = 12  # a clip has one more: its start frame
LAYOUT: Literal["HWC", "CHW"] = "CHW"
PIXEL_RANGE: Literal["uint8", "[0,1]", "[-1,1]"] = "[-1,1]"
DENOISING_STEPS = 35
GUIDANCE = 0.0  # as in upstream's documentation: there is no text for guidance
# The motion per frame at full pull, in the coordinates of the gripper. Upstream names no range.
REACH_M, TWIST_RAD = 0.02, 0.05
SCALE = 20.0  # for the motion only: upstream trained on the motion times 20
GRIP = 0.25  # per frame; the number is the position of the gripper, from 0 to 1


class Axis(IntEnum):
    """The index of each axis in the action vector."""

    DX = 0
    DY = 1
    DZ = 2
    ROLL = 3
    PITCH = 4
    YAW = 5
    GRIPPER = 6


@dataclass(frozen=True)
class Action:
    """The action of a player during one step."""

    vector: tuple[float, ...] = (0.0,) * len(Axis)
    """The value of each axis, from -1 to 1."""


class Engine:
    """The model. Lucid makes all calls on one thread."""

    def load(self, ctx: LoadContext) -> None:  # lucid: noqa[LUC412] each clip takes long
        """Load the weights."""
        import torch
        from cosmos_predict2.configs.action_conditioned.config import (
            get_cosmos_predict2_action_conditioned_pipeline,
        )
        from cosmos_predict2.pipelines.video2world_action import (
            Video2WorldActionConditionedPipeline,
        )

        weights = download_weights(REPO, COMMIT, [], pickles=[CHECKPOINT], progress=ctx.progress)
        base = download_weights(
            BASE, BASE_COMMIT, BASE_FILES, pickles=BASE_PICKLES, progress=ctx.progress
        )
        ctx.progress("load weights")
        config = get_cosmos_predict2_action_conditioned_pipeline(
            model_size="2B", resolution="480", fps=4
        )
        config.tokenizer.vae_pth = str(base / BASE_PICKLES[0])
        self._pipe = Video2WorldActionConditionedPipeline.from_config(
            config=config,
            dit_path=str(weights / CHECKPOINT),
            use_text_encoder=False,
            device="cuda",
            torch_dtype=torch.bfloat16,
        )
        # Upstream passes one frame to the network, which expects the whole clip (its issue 173).
        batch = self._pipe._get_data_batch_input

        def whole_batch(video: Any, *others: Any, **named: Any) -> Any:
            return batch(video.repeat(1, 1, FRAMES_PER_STEP + 1, 1, 1), *others, **named)

        self._pipe._get_data_batch_input = whole_batch
        self.reset()

    def reset(self, seed_frame: np.ndarray | None = None) -> None:
        """Start again from a (HEIGHT, WIDTH, 3) uint8 picture, or from plain grey without one."""
        self._start = seed_picture(seed_frame, (WIDTH, HEIGHT))
        self._grip = 1.0
        self._clips = 0

    def step(self, action: Action) -> Any:
        """Return the next (FRAMES_PER_STEP, 3, HEIGHT, WIDTH) float frames in [-1, 1]."""
        clip = self._pipe(
            self._start,
            self._vectors(action),
            num_conditional_frames=1,
            guidance=GUIDANCE,
            num_sampling_step=DENOISING_STEPS,
            seed=self._clips,
        )
        self._clips += 1
        frames = clip[0].float().clamp(-1, 1).transpose(0, 1)
        last = (frames[-1] + 1) * 127.5
        self._start = last.round().byte().permute(1, 2, 0).cpu().numpy()
        return frames[1:]  # the first frame repeats the last one

    def _vectors(self, action: Action) -> np.ndarray:
        """Return (FRAMES_PER_STEP, 7): the motion of the gripper in each frame, and its opening."""
        pull = np.array(action.vector)
        motion = SCALE * pull[:6] * ([REACH_M] * 3 + [TWIST_RAD] * 3)
        ahead = np.arange(1, FRAMES_PER_STEP + 1)
        grip = np.clip(self._grip + GRIP * pull[Axis.GRIPPER] * ahead, 0, 1)
        self._grip = float(grip[-1])
        return np.column_stack([np.tile(motion, (FRAMES_PER_STEP, 1)), grip])
