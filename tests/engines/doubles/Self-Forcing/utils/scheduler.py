"""As guandeh17/Self-Forcing at 33593df, utils/scheduler.py: the schedule of flow matching."""

from typing import Any

import torch


class FlowMatchScheduler:
    def __init__(
        self,
        num_inference_steps: int = 100,
        num_train_timesteps: int = 1000,
        shift: float = 3.0,
        sigma_max: float = 1.0,
        sigma_min: float = 0.003 / 1.002,
        inverse_timesteps: bool = False,
        extra_one_step: bool = False,
        reverse_sigmas: bool = False,
    ) -> None:
        assert extra_one_step and sigma_min == 0, "the wrapper's own"
        self.shift = shift
        self.set_timesteps(num_inference_steps)

    def set_timesteps(
        self,
        num_inference_steps: int = 100,
        denoising_strength: float = 1.0,
        training: bool = False,
    ) -> None:
        sigmas = torch.linspace(1, 0, num_inference_steps + 1)[:-1]
        self.sigmas = self.shift * sigmas / (1 + (self.shift - 1) * sigmas)
        self.timesteps = self.sigmas * 1000

    def add_noise(self, original_samples: Any, noise: Any, timestep: Any) -> Any:
        assert original_samples.ndim == 4 and timestep.shape == (len(original_samples),)
        nearest = (self.timesteps[None] - timestep[:, None]).abs().argmin(1)
        sigma = self.sigmas[nearest].reshape(-1, 1, 1, 1)
        return ((1 - sigma) * original_samples + sigma * noise).type_as(noise)
