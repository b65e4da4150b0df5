"""As microsoft/mineworld at b9aebcf, vae.py: its axes; its weights are also in the network's."""

from pathlib import Path

import numpy as np
import torch
from torch import nn


class VAE(nn.Module):
    def __init__(self, config_path: str, ckpt_path: str) -> None:
        super().__init__()
        assert Path(config_path).is_file()
        self.model = nn.Linear(1, 1, bias=False)
        self.load_state_dict(torch.load(ckpt_path, map_location="cpu"), strict=False)

    @torch.no_grad()
    def tokenize_images(self, x: torch.Tensor, sane_index_shape: bool = True) -> torch.Tensor:
        assert x.shape[1:] == (3, 224, 384) and x.min() >= -1 and x.max() <= 1
        return torch.zeros(len(x), 14, 24, dtype=torch.long)

    @torch.no_grad()
    def token2image(self, tokens: torch.Tensor) -> np.ndarray:
        assert tokens.numel() == 336
        return np.full((224, 384, 3), int(tokens.flatten()[0]), np.uint8)
