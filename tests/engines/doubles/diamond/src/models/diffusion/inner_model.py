"""As eloialonso/diamond at 851cefb, src/models/diffusion/inner_model.py: checks, no U-Net."""

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


class InnerModel(nn.Module):
    def __init__(self, cfg: InnerModelConfig) -> None:
        super().__init__()
        self.noise_emb = SimpleNamespace(weight=torch.zeros(1))
        width = (cfg.num_steps_conditioning + int(bool(cfg.is_upsampler)) + 1) * cfg.img_channels
        self.conv_in = nn.Conv2d(width, cfg.img_channels, 1)
        self.act_emb = None if cfg.is_upsampler else nn.Embedding(cfg.num_actions or 0, 3)

    def forward(
        self, noisy_next_obs: Any, c_noise: Any, c_noise_cond: Any, obs: Any, act: Any
    ) -> Any:
        steering = 0
        if self.act_emb is None:
            assert act is None
        else:
            known = act.size(2) == self.act_emb.num_embeddings
            assert act.ndim == 3 and known and set(act.unique().tolist()) <= {0, 1}
            steering = (act.float() @ self.act_emb.weight).mean(1)[..., None, None]
        return self.conv_in(torch.cat((obs, noisy_next_obs), dim=1)) + steering
