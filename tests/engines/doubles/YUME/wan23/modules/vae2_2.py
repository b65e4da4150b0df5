"""As stdstu12/YUME at 111c3fa, wan23/modules/vae2_2.py: a chunk's first latent is one frame,
whatever was before it."""

from pathlib import Path
from typing import Any

import torch
from torch import nn


class WanVAE_(nn.Module):
    def __init__(
        self,
        dim: int = 160,
        dec_dim: int = 256,
        z_dim: int = 16,
        dim_mult: Any = [1, 2, 4, 4],
        num_res_blocks: int = 2,
        attn_scales: Any = [],
        temperal_downsample: Any = [True, True, False],
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        self.z_dim = z_dim


class Wan2_2_VAE:
    def __init__(
        self,
        z_dim: int = 48,
        c_dim: int = 160,
        vae_pth: Any = None,
        dim_mult: Any = [1, 2, 4, 4],
        temperal_downsample: Any = [False, True, True],
        dtype: Any = torch.float,
        device: Any = "cuda",
    ) -> None:
        assert Path(vae_pth).is_file()
        self.dtype, self.device = dtype, device
        self.model = WanVAE_(z_dim=z_dim)

    def encode(self, videos: Any, cache: bool = True) -> Any:
        if not isinstance(videos, list):
            return None  # it logs that, and goes on
        (video,) = videos
        channels, frames, height, width = video.shape
        assert channels == 3 and video.min() >= -1 and video.max() <= 1
        level = video.mean().expand(48, 1 + (frames - 1) // 4, height // 16, width // 16)
        return [level.float()]

    def decode(self, zs: Any) -> Any:
        if not isinstance(zs, list):
            return None
        (latents,) = zs
        _, count, height, width = latents.shape
        level = latents.float().mean().clamp(-1, 1)
        return [level.expand(3, 1 + 4 * (count - 1), height * 16, width * 16)]
