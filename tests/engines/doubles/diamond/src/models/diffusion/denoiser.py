"""As eloialonso/diamond at 851cefb, src/models/diffusion/denoiser.py: signatures and checks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from .inner_model import InnerModel, InnerModelConfig


@dataclass
class DenoiserConfig:
    inner_model: InnerModelConfig
    sigma_data: float
    sigma_offset_noise: float
    noise_previous_obs: bool
    upsampling_factor: int | None = None


class Denoiser(nn.Module):
    def __init__(self, cfg: DenoiserConfig) -> None:
        super().__init__()
        self.cfg = cfg
        cfg.inner_model.is_upsampler = cfg.upsampling_factor is not None
        self.inner_model = InnerModel(cfg.inner_model)

    @property
    def device(self) -> torch.device:
        return self.inner_model.noise_emb.weight.device

    @torch.no_grad()
    def denoise(self, noisy_next_obs: Any, sigma: Any, sigma_cond: Any, obs: Any, act: Any) -> Any:
        made = self.inner_model(noisy_next_obs, None, None, obs, act)
        # wrap_model_output: quantized to 0..255
        return made.clamp(-1, 1).add(1).div(2).mul(255).byte().div(255).mul(2).sub(1)
