"""As SkyworkAI/Matrix-Game at 756776d: the encoder of seed frames, and its CLIP.

The wrapper is not a module. What it lacks, it takes from its autoencoder, which has no CLIP.
"""

from pathlib import Path
from typing import Any

import torch
from torch import nn


class WanVAE(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.encoder = nn.Linear(3, 16)

    def encode(
        self, video: torch.Tensor, device: Any, tiled: bool, tile_size: Any, tile_stride: Any
    ) -> Any:
        _, channels, frames, _, _ = video.shape
        assert channels == 3 and (frames - 1) % 4 == 0 and video.min() >= -1 and video.max() <= 1
        small = video[:, :, ::4, ::8, ::8]
        return self.encoder(small.movedim(1, -1)).movedim(-1, 1)


class CLIPModel(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.visual = nn.Linear(3, 1280)

    def encode_video(self, video: torch.Tensor) -> torch.Tensor:
        assert video.shape[2] == 1
        pixels = video.mean((2, 3, 4)).to(self.visual.weight.dtype)
        return self.visual(pixels)[:, None].repeat(1, 257, 1)


class WanxVAEWrapper:
    def __init__(self, vae: WanVAE, clip: CLIPModel) -> None:
        self.vae = vae.requires_grad_(False).eval()
        self.clip = clip.requires_grad_(False).eval()

    def __getattr__(self, name: str) -> Any:
        if name in self.__dict__:
            return self.__dict__[name]
        return getattr(self.__dict__["vae"], name)

    def encode(self, x: torch.Tensor, device: Any, **tiles: Any) -> Any:
        return self.vae.encode(x, device=device, **tiles)

    def to(self, device: Any, dtype: torch.dtype) -> "WanxVAEWrapper":
        self.vae, self.clip = self.vae.to(device, dtype), self.clip.to(device, dtype)
        return self


def get_wanx_vae_wrapper(model_path: str, weight_dtype: torch.dtype) -> WanxVAEWrapper:
    assert (Path(model_path) / "Wan2.1_VAE.pth").is_file()
    return WanxVAEWrapper(WanVAE().to(weight_dtype), CLIPModel())
