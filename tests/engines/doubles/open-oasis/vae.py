"""As etched-ai/open-oasis at f59deef, vae.py: AutoencoderKL's signature, checks and axes."""

import functools
from types import SimpleNamespace
from typing import Any

import torch
from torch import nn


class AutoencoderKL(nn.Module):
    def __init__(
        self,
        latent_dim: int,
        input_height: int = 256,
        input_width: int = 256,
        patch_size: int = 16,
        enc_dim: int = 768,
        enc_depth: int = 6,
        enc_heads: int = 12,
        dec_dim: int = 768,
        dec_depth: int = 6,
        dec_heads: int = 12,
        mlp_ratio: float = 4.0,
        norm_layer: Any = functools.partial(nn.LayerNorm, eps=1e-6),
        use_variational: bool = True,
        **kwargs: Any,
    ) -> None:
        super().__init__()
        self.input_height, self.input_width = input_height, input_width
        self.patch_size = patch_size
        self.seq_h, self.seq_w = input_height // patch_size, input_width // patch_size
        self.patch_dim = 3 * patch_size**2
        self.quant_conv = nn.Linear(self.patch_dim, latent_dim)
        self.predictor = nn.Linear(latent_dim, self.patch_dim)

    def encode(self, x: torch.Tensor) -> SimpleNamespace:
        """(B, 3, H, W) in [-1, 1]; ``.mean`` is (B, h*w, latent_dim)."""
        B, _, H, W = x.shape
        assert (self.input_height, self.input_width) == (H, W)
        assert x.min() >= -1 and x.max() <= 1
        p = self.patch_size
        patches = x.reshape(B, 3, self.seq_h, p, self.seq_w, p).permute(0, 2, 4, 1, 3, 5)
        flat = patches.reshape(B, self.seq_h * self.seq_w, self.patch_dim)
        return SimpleNamespace(mean=self.quant_conv(flat))

    def decode(self, z: torch.Tensor) -> torch.Tensor:
        """(B, h*w, latent_dim) as (B, 3, H, W), about [-1, 1]."""
        B, p = z.shape[0], self.patch_size
        patches = self.predictor(z).reshape(B, self.seq_h, self.seq_w, 3, p, p)
        frames = patches.permute(0, 3, 1, 4, 2, 5)
        return frames.reshape(B, 3, self.input_height, self.input_width)


def ViT_L_20_Shallow_Encoder(**kwargs: Any) -> AutoencoderKL:
    return AutoencoderKL(16, input_height=360, input_width=640, patch_size=20, **kwargs)


VAE_models = {"vit-l-20-shallow-encoder": ViT_L_20_Shallow_Encoder}
