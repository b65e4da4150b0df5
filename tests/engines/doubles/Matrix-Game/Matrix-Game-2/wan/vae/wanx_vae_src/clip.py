"""As SkyworkAI/Matrix-Game at 6146d7a, Matrix-Game-2/wan/vae/wanx_vae_src/clip.py."""

from typing import Any

import torch
from diffusers.models.modeling_utils import ModelMixin
from torch import nn


class CLIPModel(ModelMixin):  # type: ignore[misc] # untyped there
    def __init__(self, checkpoint_path: str, tokenizer_path: str) -> None:
        super().__init__()
        self.checkpoint_path, self.tokenizer_path = checkpoint_path, tokenizer_path
        self.model = nn.Linear(3, 1280)

    def encode_video(self, video: torch.Tensor) -> Any:
        assert video.shape[2] == 1
        pixels = video.mean((2, 3, 4)).to(self.model.weight.dtype)
        return self.model(pixels)[:, None].repeat(1, 257, 1)
