"""As eloialonso/diamond at 5bcd159 (main), src/models/diffusion: signatures, checks, no U-Net."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import nn


@dataclass
class InnerModelConfig:
    img_channels: int
    num_steps_conditioning: int
    cond_channels: int
    depths: list[int]
    channels: list[int]
    attn_depths: list[bool]
    num_actions: int | None = None


@dataclass
class DenoiserConfig:
    inner_model: InnerModelConfig
    sigma_data: float
    sigma_offset_noise: float


@dataclass
class DiffusionSamplerConfig:
    num_steps_denoising: int
    sigma_min: float = 2e-3
    sigma_max: float = 5


class InnerModel(nn.Module):
    def __init__(self, cfg: InnerModelConfig) -> None:
        super().__init__()
        steps = cfg.num_steps_conditioning
        self.act_emb = nn.Embedding(cfg.num_actions or 0, cfg.cond_channels // steps)
        self.conv_in = nn.Conv2d((steps + 1) * cfg.img_channels, cfg.img_channels, 1)


class Denoiser(nn.Module):
    def __init__(self, cfg: DenoiserConfig) -> None:
        super().__init__()
        self.cfg, self.inner_model = cfg, InnerModel(cfg.inner_model)

    @property
    def device(self) -> torch.device:
        return self.inner_model.act_emb.weight.device

    def denoise(self, noisy: Any, sigma: Any, obs: Any, act: Any) -> Any:
        assert act.dtype == torch.int64 and act.ndim == 2
        steered = self.inner_model.act_emb(act).mean((1, 2))[:, None, None, None]
        made = self.inner_model.conv_in(torch.cat((obs, noisy), dim=1)) + steered
        return made.clamp(-1, 1)


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
