"""As SkyworkAI/Matrix-Game at 6146d7a: the decoder's axes, and a cache for the next block."""

from typing import Any

import torch
from torch import nn


class VAEDecoderWrapper(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.decoder = nn.Linear(16, 3)
        self.conv2 = nn.Linear(16, 16)

    def forward(self, z: torch.Tensor, *feat_cache: Any) -> tuple[torch.Tensor, list[Any]]:
        _, latents, channels, _, _ = z.shape
        assert channels == 16 and len(feat_cache) == 32
        is_first = feat_cache[0] is None
        frames = 4 * latents - (3 if is_first else 0)
        colours = self.decoder(z.mean(1).movedim(1, -1)).movedim(-1, 1)
        large = colours.repeat_interleave(8, 2).repeat_interleave(8, 3)
        return large[:, None].repeat(1, frames, 1, 1, 1), [z[:, -1:]] * 32
