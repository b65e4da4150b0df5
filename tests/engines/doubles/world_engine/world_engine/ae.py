"""As Overworldai/world_engine at 208c909, src/ae.py: a still is (H, W, 3).

ChunkedStreamingTAEHV, Waypoint 1.5's autoencoder, wants exactly one latent's frames.
"""

from typing import Any

import torch


class InferenceAE:
    def __init__(self, ae_model: Any, device: Any = None, dtype: Any = torch.bfloat16) -> None:
        self.ae_model = ae_model  # here the shape of what it makes

    def encode(self, img: torch.Tensor) -> torch.Tensor:
        assert tuple(img.shape) == self.ae_model, "Expected another shape of image tensor"
        return img

    @torch.inference_mode()
    def decode(self, latent: torch.Tensor) -> torch.Tensor:
        return latent.expand(self.ae_model).byte().clone()
