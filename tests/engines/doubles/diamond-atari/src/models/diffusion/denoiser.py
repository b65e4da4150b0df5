"""As eloialonso/diamond at 5bcd159, src/models/diffusion/denoiser.py: signatures and checks."""

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


class Denoiser(nn.Module):
    def __init__(self, cfg: DenoiserConfig) -> None:
        super().__init__()
        self.cfg, self.inner_model = cfg, InnerModel(cfg.inner_model)

    @property
    def device(self) -> torch.device:
        return self.inner_model.act_emb.weight.device

    @torch.no_grad()
    def denoise(self, noisy_next_obs: Any, sigma: Any, obs: Any, act: Any) -> Any:
        assert act.dtype == torch.int64 and act.ndim == 2
        return self.inner_model(noisy_next_obs, sigma, obs, act).clamp(-1, 1)
