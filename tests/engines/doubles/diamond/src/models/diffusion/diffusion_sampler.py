"""As eloialonso/diamond at 851cefb, src/models/diffusion/diffusion_sampler.py: signatures."""

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
    rho: int = 7
    order: int = 1
    s_churn: float = 0
    s_tmin: float = 0
    s_tmax: float = float("inf")
    s_noise: float = 1
    s_cond: float = 0


class DiffusionSampler:
    def __init__(self, denoiser: Denoiser, cfg: DiffusionSamplerConfig) -> None:
        self.denoiser, self.cfg = denoiser, cfg

    @torch.no_grad()
    def sample(self, prev_obs: Any, prev_act: Any) -> tuple[Any, list[Any]]:
        b, t, c, h, w = prev_obs.size()
        x = torch.randn(b, c, h, w)
        denoised = self.denoiser.denoise(x, None, None, prev_obs.reshape(b, t * c, h, w), prev_act)
        return denoised, [x, denoised]
