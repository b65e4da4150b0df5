"""As robbyant/lingbot-world at a43bec7, wan/modules/vae2_1.py: its stream, no convolutions."""

from pathlib import Path
from typing import Any

import torch
from torch import nn


class Decoder3d(nn.Module):
    def __init__(
        self,
        dim: int = 128,
        z_dim: int = 4,
        dim_mult: Any = [1, 2, 4, 4],
        num_res_blocks: int = 2,
        attn_scales: Any = [],
        temperal_upsample: Any = [False, True, True],
        dropout: float = 0.0,
    ) -> None:
        super().__init__()

    def forward(self, x: Any, feat_cache: Any = None, feat_idx: Any = [0]) -> Any:
        assert x.shape[2] == 1 and feat_idx == [0] and len(feat_cache) == 3
        is_first = feat_cache[0] is None
        feat_cache[:] = [x] * 3
        frames = x[:, :3].repeat_interleave(8, 3).repeat_interleave(8, 4)
        return frames.repeat(1, 1, 1 if is_first else 4, 1, 1)


class WanVAE_(nn.Module):
    def __init__(
        self,
        dim: int = 128,
        z_dim: int = 4,
        dim_mult: Any = [1, 2, 4, 4],
        num_res_blocks: int = 2,
        attn_scales: Any = [],
        temperal_downsample: Any = [True, True, False],
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        self.conv2, self.decoder = nn.Identity(), Decoder3d(dim, z_dim)

    def clear_cache(self) -> None:
        self._conv_idx = [0]
        self._feat_map: list[Any] = [None] * 3


class Wan2_1_VAE:
    def __init__(
        self,
        z_dim: int = 16,
        vae_pth: str = "cache/vae_step_411000.pth",
        dtype: Any = torch.float,
        device: Any = "cuda",
    ) -> None:
        assert Path(vae_pth).is_file()
        self.dtype, self.device = dtype, device
        self.model = WanVAE_(z_dim=z_dim)
        self.scale = [torch.zeros(z_dim), torch.ones(z_dim)]

    def encode(self, videos: Any) -> Any:
        (video,) = videos
        channels, frames = video.shape[:2]
        assert channels == 3 and (frames - 1) % 4 == 0 and video.min() >= -1 and video.max() <= 1
        self.model.clear_cache()
        return [video[:1, ::4, ::8, ::8].repeat(16, 1, 1, 1)]
