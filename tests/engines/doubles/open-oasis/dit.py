"""As etched-ai/open-oasis at f59deef, dit.py: DiT's signature and checks, hardly a network."""

from typing import Any

import torch
from torch import nn


class PatchEmbed(nn.Module):
    def __init__(
        self,
        img_height: int = 256,
        img_width: int = 256,
        patch_size: int = 16,
        in_chans: int = 3,
        embed_dim: int = 768,
        norm_layer: Any = None,
        flatten: bool = True,
    ) -> None:
        super().__init__()
        self.img_size = (img_height, img_width)

    def forward(self, x: torch.Tensor, random_sample: bool = False) -> torch.Tensor:
        H, W = x.shape[-2:]
        assert self.img_size == (H, W), f"Input image size ({H}*{W}) doesn't match model"
        return x


class DiT(nn.Module):
    def __init__(
        self,
        input_h: int = 18,
        input_w: int = 32,
        patch_size: int = 2,
        in_channels: int = 16,
        hidden_size: int = 1024,
        depth: int = 12,
        num_heads: int = 16,
        mlp_ratio: float = 4.0,
        external_cond_dim: int = 25,
        max_frames: int = 32,
    ) -> None:
        super().__init__()
        self.x_embedder = PatchEmbed(input_h, input_w, patch_size, in_channels, hidden_size)
        self.in_channels = in_channels
        self.max_frames = max_frames
        self.external_cond = nn.Linear(external_cond_dim, in_channels)
        self.final_layer = nn.Linear(in_channels, in_channels)

    def forward(
        self, x: torch.Tensor, t: torch.Tensor, external_cond: torch.Tensor | None = None
    ) -> torch.Tensor:
        B, T = x.shape[:2]
        x = self.x_embedder(x)
        # The temporal attention's rotary embedding and mask cover a window of max_frames.
        assert self.max_frames >= T
        assert t.shape == (B, T)
        # TimestepEmbedder.forward makes floats of what it is given; a level indexes 1000 alphas.
        assert not t.is_floating_point() and t.min() >= 0 and t.max() < 1000
        assert external_cond is not None and external_cond.shape[:2] == (B, T)
        steering = self.external_cond(external_cond)[..., None, None]
        seen = x.mean(1, keepdim=True) * (1 + t[..., None, None, None] / 1000)
        return self.final_layer((seen + steering).movedim(2, -1)).movedim(-1, 2)


def DiT_S_2() -> DiT:
    return DiT(patch_size=2, hidden_size=1024, depth=16, num_heads=16)


DiT_models = {"DiT-S/2": DiT_S_2}
