"""As SkyworkAI/Matrix-Game at 6146d7a: as many parts as the decoder has causal convolutions."""

import torch

base_size = 80
ZERO_VAE_CACHE = [
    torch.zeros(base_size),
    torch.zeros(base_size),
    torch.zeros(base_size),
    torch.zeros(base_size),
    torch.zeros(base_size),
    torch.zeros(base_size),
    torch.zeros(base_size),
    torch.zeros(base_size),
    torch.zeros(base_size),
    torch.zeros(base_size),
    torch.zeros(base_size),
    torch.zeros(base_size),
    torch.zeros(base_size),
    torch.zeros(base_size),
    torch.zeros(base_size),
    torch.zeros(base_size),
    torch.zeros(base_size),
    torch.zeros(base_size),
    torch.zeros(base_size),
    torch.zeros(base_size),
    torch.zeros(base_size),
    torch.zeros(base_size),
    torch.zeros(base_size),
    torch.zeros(base_size),
    torch.zeros(base_size),
    torch.zeros(base_size),
    torch.zeros(base_size),
    torch.zeros(base_size),
    torch.zeros(base_size),
    torch.zeros(base_size),
    torch.zeros(base_size),
    torch.zeros(base_size),
]
