"""As SkyworkAI/Matrix-Game at 756776d: the encoder of seed frames, and its CLIP."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import torch
from torch import nn


class WanxVAE(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.encoder = nn.Linear(3, 16)
        self.clip = SimpleNamespace(encode_video=self._encode_video)

    def encode(
        self, video: torch.Tensor, device: Any, tiled: bool, tile_size: Any, tile_stride: Any
    ) -> Any:
        _, channels, frames, _, _ = video.shape
        assert channels == 3 and (frames - 1) % 4 == 0 and video.min() >= -1 and video.max() <= 1
        small = video[:, :, ::4, ::8, ::8]
        return self.encoder(small.movedim(1, -1)).movedim(-1, 1)

    def _encode_video(self, video: torch.Tensor) -> torch.Tensor:
        assert video.shape[2] == 1
        return torch.zeros(1, 257, 1280)


def get_wanx_vae_wrapper(model_path: str, weight_dtype: torch.dtype) -> WanxVAE:
    assert (Path(model_path) / "Wan2.1_VAE.pth").is_file()
    return WanxVAE().to(weight_dtype)
