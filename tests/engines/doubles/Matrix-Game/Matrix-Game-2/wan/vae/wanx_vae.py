"""As SkyworkAI/Matrix-Game at 6146d7a, Matrix-Game-2/wan/vae/wanx_vae.py: the encoder
of seed frames, and its CLIP.

The wrapper is not a module. What it lacks, it takes from its autoencoder, which has no CLIP.
"""

from pathlib import Path
from typing import Any

import torch

from .wanx_vae_src import CLIPModel, WanVAE
from .wrapper import VAEWrapper


class WanxVAEWrapper(VAEWrapper):
    def __init__(self, vae: Any, clip: Any) -> None:
        self.vae = vae.requires_grad_(False).eval()
        self.clip = clip.requires_grad_(False).eval()

    def encode(
        self,
        x: Any,
        device: Any,
        tiled: bool = False,
        tile_size: Any = (34, 34),
        tile_stride: Any = (18, 16),
    ) -> Any:
        return self.vae.encode(
            x, device=device, tiled=tiled, tile_size=tile_size, tile_stride=tile_stride
        )

    def to(self, device: Any, dtype: Any) -> "WanxVAEWrapper":
        self.vae, self.clip = self.vae.to(device, dtype), self.clip.to(device, dtype)
        return self


def get_wanx_vae_wrapper(model_path: str, weight_dtype: torch.dtype) -> WanxVAEWrapper:
    folder = Path(model_path)
    vae = WanVAE(pretrained_path=str(folder / "Wan2.1_VAE.pth")).to(weight_dtype)
    clip = "models_clip_open-clip-xlm-roberta-large-vit-huge-14.pth"
    return WanxVAEWrapper(vae, CLIPModel(str(folder / clip), str(folder / "xlm-roberta-large")))
