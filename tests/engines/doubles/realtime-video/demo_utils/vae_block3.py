"""As krea-ai/realtime-video at acf4b7b, demo_utils/vae_block3.py: caches in, caches out."""

from typing import Any

import torch
from torch import nn


class VAEEncoderWrapper(nn.Module):
    def __init__(self, vae: Any) -> None:
        super().__init__()
        self.encoder = vae.model.encoder

    def forward(self, z: Any, feat_cache: list[Any], stream: bool = False) -> Any:
        _, channels, frames, _, _ = z.shape
        assert channels == 3 and z.min() >= -1 and z.max() <= 1
        assert (frames % 4 == 0) if stream else (frames % 4 == 1 and feat_cache[0] is None)
        small = z[:, :, ::4, ::8, ::8].movedim(1, -1)
        return self.encoder(small).movedim(-1, 1), feat_cache


class VAEDecoderWrapper(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.decoder = nn.Linear(16, 3)
        self.register_buffer("mean", torch.zeros(16))
        self.register_buffer("std", torch.ones(16))

    def forward(self, z: Any, *feat_cache: Any) -> Any:
        _, latents, channels, _, _ = z.shape
        assert channels == 16 and len(feat_cache) == 55
        colours = self.decoder(z.mean(1).movedim(1, -1)).movedim(-1, 1).float().clamp_(-1, 1)
        large = colours.repeat_interleave(8, 2).repeat_interleave(8, 3)
        frames = 4 * latents - (3 if feat_cache[0] is None else 0)
        return large[:, None].repeat(1, frames, 1, 1, 1), [z[:, -1:]] * 55
