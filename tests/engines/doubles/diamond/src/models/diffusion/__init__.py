"""As eloialonso/diamond at 851cefb (csgo), src/models/diffusion: signatures, checks, no U-Net."""

from __future__ import annotations

from dataclasses import dataclass
from types import SimpleNamespace
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
    is_upsampler: bool | None = None


@dataclass
class DenoiserConfig:
    inner_model: InnerModelConfig
    sigma_data: float
    sigma_offset_noise: float
    noise_previous_obs: bool
    upsampling_factor: int | None = None


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


class InnerModel(nn.Module):
    def __init__(self, cfg: InnerModelConfig) -> None:
        super().__init__()
        self.noise_emb = SimpleNamespace(weight=torch.zeros(1))
        width = (cfg.num_steps_conditioning + int(bool(cfg.is_upsampler)) + 1) * cfg.img_channels
        self.conv_in = nn.Conv2d(width, cfg.img_channels, 1)
        self.act_emb = None if cfg.is_upsampler else nn.Embedding(cfg.num_actions or 0, 3)

    def forward(self, noisy: Any, obs: Any, act: Any) -> Any:
        steering = 0
        if self.act_emb is None:
            assert act is None
        else:
            known = act.size(2) == self.act_emb.num_embeddings
            assert act.ndim == 3 and known and set(act.unique().tolist()) <= {0, 1}
            steering = (act.float() @ self.act_emb.weight).mean(1)[..., None, None]
        return self.conv_in(torch.cat((obs, noisy), dim=1)) + steering


class Denoiser(nn.Module):
    def __init__(self, cfg: DenoiserConfig) -> None:
        super().__init__()
        self.cfg = cfg
        cfg.inner_model.is_upsampler = cfg.upsampling_factor is not None
        self.inner_model = InnerModel(cfg.inner_model)

    @property
    def device(self) -> torch.device:
        return self.inner_model.noise_emb.weight.device

    def denoise(self, noisy: Any, sigma: Any, sigma_cond: Any, obs: Any, act: Any) -> Any:
        made = self.inner_model(noisy, obs, act)
        # wrap_model_output: quantized to 0..255
        return made.clamp(-1, 1).add(1).div(2).mul(255).byte().div(255).mul(2).sub(1)


class DiffusionSampler:
    def __init__(self, denoiser: Denoiser, cfg: DiffusionSamplerConfig) -> None:
        self.denoiser, self.cfg = denoiser, cfg

    @torch.no_grad()
    def sample(self, prev_obs: Any, prev_act: Any) -> tuple[Any, list[Any]]:
        b, t, c, h, w = prev_obs.size()
        x = torch.randn(b, c, h, w)
        denoised = self.denoiser.denoise(x, None, None, prev_obs.reshape(b, t * c, h, w), prev_act)
        return denoised, [x, denoised]
