"""As eloialonso/diamond at 5bcd159, src/models/diffusion/__init__.py."""

from .denoiser import Denoiser, DenoiserConfig
from .diffusion_sampler import DiffusionSampler, DiffusionSamplerConfig
from .inner_model import InnerModelConfig

__all__ = [
    "Denoiser",
    "DenoiserConfig",
    "DiffusionSampler",
    "DiffusionSamplerConfig",
    "InnerModelConfig",
]
