"""As eloialonso/diamond at 5bcd159, src/models/diffusion/inner_model.py: checks, no U-Net."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn


@dataclass
class InnerModelConfig:
    img_channels: int
    num_steps_conditioning: int
    cond_channels: int
    depths: list[int]
    channels: list[int]
    attn_depths: list[bool]
    num_actions: int | None = None


class InnerModel(nn.Module):
    def __init__(self, cfg: InnerModelConfig) -> None:
        super().__init__()
        steps = cfg.num_steps_conditioning
        self.act_emb = nn.Embedding(cfg.num_actions or 0, cfg.cond_channels // steps)
        self.conv_in = nn.Conv2d((steps + 1) * cfg.img_channels, cfg.img_channels, 1)

    def forward(self, noisy_next_obs: Tensor, c_noise: Tensor, obs: Tensor, act: Tensor) -> Tensor:
        steered = self.act_emb(act).mean((1, 2))[:, None, None, None]
        made: Tensor = self.conv_in(torch.cat((obs, noisy_next_obs), dim=1)) + steered
        return made
