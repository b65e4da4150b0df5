"""As eloialonso/diamond at 5bcd159, src/models/actor_critic.py: a policy with a memory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import nn


@dataclass
class ActorCriticConfig:
    lstm_dim: int
    img_channels: int
    img_size: int
    channels: list[int]
    down: list[int]
    num_actions: int | None = None


class ActorCritic(nn.Module):
    def __init__(self, cfg: ActorCriticConfig) -> None:
        super().__init__()
        self.actor_linear = nn.Linear(1, cfg.num_actions or 0)

    def predict_act_value(self, obs: Any, hx_cx: Any) -> Any:
        assert obs.ndim == 4
        logits = self.actor_linear(torch.ones(len(obs), 1))
        return logits, torch.zeros(len(obs)), (obs.mean(), obs.mean())
