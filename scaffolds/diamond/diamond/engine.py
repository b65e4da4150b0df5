"""The world model: everything that is specific to DIAMOND's Counter-Strike."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum
from itertools import cycle
from pathlib import Path
from typing import Any, Literal

import numpy as np
from lucid import LoadContext, download_weights, read_weights, use_upstream
from lucid.conditioning import Context, ForkedRng, MouseScale, multi_hot, warm_up

REPO = "eloialonso/diamond"
COMMIT = "5d4abca9af6ab1b3ab1c6fc228cacb7281130f7f"
FILES = ["csgo/config/*", "csgo/spawn/*"]
PICKLE = "csgo/model/csgo.pt"  # read with weights_only, which runs no code
CONFIG = "csgo/config/agent/csgo.yaml"
WIDTH, HEIGHT = 280, 150
FPS = 15
FRAMES_PER_STEP = 1
LAYOUT: Literal["HWC", "CHW"] = "CHW"
PIXEL_RANGE: Literal["uint8", "[0,1]", "[-1,1]"] = "[-1,1]"
HORIZON = 1000  # upstream restarts after this number of steps
# Upstream's default, the fast sampling. With 3 and 10 steps, it is better and slower.
NEXT_FRAME = {"num_steps_denoising": 1, "sigma_min": 2e-3, "sigma_max": 5.0, "s_cond": 0.005}
UPSAMPLING = {
    "num_steps_denoising": 1,
    "sigma_min": 1,
    "sigma_max": 5.0,
    "order": 2,
    "s_churn": 10.0,
    "s_tmin": 1,
    "s_tmax": 5,
    "s_noise": 0.9,
}
MOUSE = MouseScale(per_pixel=10, limit=1000)
X_BINS = (-1000, -500, -300, -200, -100, -60, -30, -20, -10, -4, -2, 0)
X_BINS += tuple(-x for x in reversed(X_BINS[:-1]))
Y_BINS = (-200, -100, -50, -20, -10, -4, -2, 0)
Y_BINS += tuple(-y for y in reversed(Y_BINS[:-1]))


class Key(IntEnum):
    """The index of each key and mouse button in the action vector. The mouse bins follow."""

    FORWARD = 0
    LEFT = 1
    BACK = 2
    RIGHT = 3
    JUMP = 4
    CROUCH = 5
    WALK = 6
    WEAPON_1 = 7
    WEAPON_2 = 8
    WEAPON_3 = 9
    RELOAD = 10
    FIRE = 11
    AIM = 12


OPPOSITES = (
    {Key.FORWARD, Key.BACK},
    {Key.LEFT, Key.RIGHT},
    {Key.WEAPON_1, Key.WEAPON_2},
    {Key.WEAPON_1, Key.WEAPON_3},
    {Key.WEAPON_2, Key.WEAPON_3},
)
"""Keys that the model never saw together. The one that was pressed first counts."""


@dataclass(frozen=True)
class Action:
    """The action of a player during one step."""

    held: tuple[Key, ...] = ()
    """The held keys, in the order in which they were pressed."""
    look: tuple[float, float] = (0.0, 0.0)
    """Motion of the view in the model's unit: +x right, +y down."""


class Engine:
    """One step generates a small frame from the last ones and their actions, and enlarges it.

    Lucid makes all calls on one thread.
    """

    def load(self, ctx: LoadContext) -> None:
        """Load both networks and generate two frames."""
        import torch
        from omegaconf import OmegaConf

        use_upstream(__file__, "src")
        # Do not import `agent` and `envs`: they need a game emulator and a local keyboard.
        from models.diffusion import DiffusionSampler, DiffusionSamplerConfig

        weights = download_weights(REPO, COMMIT, FILES, pickles=[PICKLE], progress=ctx.progress)
        ctx.progress("load weights")
        self._torch = torch
        self._device = "cuda" if torch.cuda.is_available() else "cpu"
        config = OmegaConf.load(weights / CONFIG)
        tensors = read_weights(weights / PICKLE, device=self._device, pickles=True)
        denoiser = self._network(config.denoiser, tensors, "denoiser.")
        upsampler = self._network(config.upsampler, tensors, "upsampler.")
        self._enlarged = upsampler.cfg.upsampling_factor
        self._sampler = DiffusionSampler(denoiser, DiffusionSamplerConfig(**NEXT_FRAME))
        self._upsampler = DiffusionSampler(upsampler, DiffusionSamplerConfig(**UPSAMPLING))
        self._past = denoiser.cfg.inner_model.num_steps_conditioning
        self._past_large = upsampler.cfg.inner_model.num_steps_conditioning
        self._spawns = sorted((weights / "csgo/spawn").iterdir())
        self._horizon = Context(HORIZON)
        self._rng = ForkedRng(torch)
        ctx.progress("warm up")
        warm_up(self, Action())

    def reset(self) -> None:
        """Start again from the first recorded start."""
        self._rng.reset()
        self._coming = cycle(self._spawns)
        self._start()

    def _start(self) -> None:
        """Start from the next recorded start: some frames, and the actions between them."""
        spawn = next(self._coming)
        self._small = self._pixels(spawn / "low_res.npy")[:, -self._past :]
        self._large = self._pixels(spawn / "full_res.npy")[:, -self._past_large :]
        actions = self._torch.from_numpy(np.load(spawn / "act.npy"))[None]
        self._actions = actions[:, -self._past :].to(self._device).long()
        self._horizon.reset()

    def step(self, action: Action) -> Any:
        """Return the next (3, HEIGHT, WIDTH) float frame in [-1, 1]."""
        if self._horizon.ended:
            self._start()
        torch = self._torch
        self._actions[:, -1] = self._vector(action)
        with torch.no_grad(), self._rng:
            small, _ = self._sampler.sample(self._small, self._actions)
            rough = torch.nn.functional.interpolate(
                small, scale_factor=self._enlarged, mode="bicubic"
            )
            seen = torch.cat([self._large, rough[:, None]], 1)
            large, _ = self._upsampler.sample(seen, None)
        self._small = torch.cat([self._small[:, 1:], small[:, None]], 1)
        self._large = torch.cat([self._large[:, 1:], large[:, None]], 1)
        # The last element is for the next action.
        self._actions = self._actions.roll(-1, 1)
        self._horizon.fill()
        return large[0].clamp(-1, 1)  # the last step may go a little over

    def _network(self, config: Any, tensors: dict[str, Any], prefix: str) -> Any:
        """Return a denoiser with this config, and its tensors from the checkpoint."""
        from models.diffusion import Denoiser, DenoiserConfig, InnerModelConfig
        from omegaconf import OmegaConf

        values = dict(OmegaConf.to_container(config))
        inner = dict(values.pop("inner_model"))
        for described in (values, inner):
            described.pop("_target_")
        inner["num_actions"] = len(self._vector(Action()))
        network = Denoiser(DenoiserConfig(inner_model=InnerModelConfig(**inner), **values))
        own = {name[len(prefix) :]: t for name, t in tensors.items() if name.startswith(prefix)}
        network.load_state_dict(own)
        return network.to(self._device).eval()

    def _vector(self, action: Action) -> Any:
        """Return the action as 51 numbers of 0 and 1: the held keys, then one bin for each axis."""
        x, y = MOUSE.axes(action.look)
        held: list[Key] = []
        for key in action.held:
            if not any({key, other} in OPPOSITES for other in held):
                held.append(key)
        x_bin, y_bin = multi_hot([nearest(x, X_BINS)], 23), multi_hot([nearest(y, Y_BINS)], 15)
        vector = np.concatenate([multi_hot(held, len(Key)), x_bin, y_bin])
        return self._torch.from_numpy(vector).to(self._device).long()

    def _pixels(self, file: Path) -> Any:
        """Convert recorded (T, 3, H, W) frames from 0..255 to (1, T, 3, H, W) in [-1, 1]."""
        frames = self._torch.from_numpy(np.load(file))[None].to(self._device)
        return frames.float() / 127.5 - 1


def nearest(value: float, bins: Iterable[int]) -> int:
    """Return the index of the bin that is nearest to a value."""
    return min(enumerate(bins), key=lambda place: abs(place[1] - value))[0]
