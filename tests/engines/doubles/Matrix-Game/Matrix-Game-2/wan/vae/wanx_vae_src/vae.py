"""As SkyworkAI/Matrix-Game at 6146d7a, Matrix-Game-2/wan/vae/wanx_vae_src/vae.py: its axes."""

from pathlib import Path
from typing import Any

import torch
from torch import nn


class WanVAE(nn.Module):
    def __init__(self, pretrained_path: str | None = None, z_dim: int = 16) -> None:
        super().__init__()
        assert pretrained_path is None or Path(pretrained_path).is_file()
        self.mean, self.std = torch.zeros(z_dim), torch.ones(z_dim)  # no buffers
        self.model = nn.Linear(3, z_dim)

    def to(self, *args: Any, **kwargs: Any) -> "WanVAE":
        self.mean, self.std = self.mean.to(*args, **kwargs), self.std.to(*args, **kwargs)
        self.model = self.model.to(*args, **kwargs)
        return self

    def encode(
        self,
        videos: torch.Tensor,
        device: Any,
        tiled: bool = True,
        tile_size: Any = (34, 34),
        tile_stride: Any = (18, 16),
    ) -> Any:
        _, channels, frames, _, _ = videos.shape
        assert channels == 3 and (frames - 1) % 4 == 0 and videos.min() >= -1 and videos.max() <= 1
        small = videos[:, :, ::4, ::8, ::8]
        return self.model(small.movedim(1, -1)).movedim(-1, 1)
