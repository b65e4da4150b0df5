"""As eloialonso/diamond at 5bcd159, src/models/diffusion/diffusion_sampler.py: signatures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch

from .denoiser import Denoiser


@dataclass
class DiffusionSamplerConfig:
    num_steps_denoising: int
    sigma_min: float = 2e-3
    sigma_max: float = 5


class DiffusionSampler:
    def __init__(self, denoiser: Denoiser, cfg: DiffusionSamplerConfig) -> None:
        assert cfg.num_steps_denoising == 3
        self.denoiser = denoiser

    @torch.no_grad()
    def sample(self, prev_obs: Any, prev_act: Any) -> tuple[Any, list[Any]]:
        b, t, c, h, w = prev_obs.size()
        assert prev_act.shape == (b, t)
        x = torch.randn(b, c, h, w)
        denoised = self.denoiser.denoise(x, None, prev_obs.reshape(b, t * c, h, w), prev_act)
        return denoised, [x, denoised]
