"""As guandeh17/Self-Forcing at 33593df, utils/scheduler.py: the schedule of flow matching."""

from typing import Any

import torch


class FlowMatchScheduler:
    def __init__(
        self, shift: float = 3.0, sigma_min: float = 0.003, extra_one_step: bool = False
    ) -> None:
        assert extra_one_step and sigma_min == 0, "the wrapper's own"
        self.shift = shift

    def set_timesteps(self, num_inference_steps: int = 100, training: bool = False) -> None:
        sigmas = torch.linspace(1, 0, num_inference_steps + 1)[:-1]
        self.sigmas = self.shift * sigmas / (1 + (self.shift - 1) * sigmas)
        self.timesteps = self.sigmas * 1000

    def sigma(self, timestep: Any) -> Any:
        """(B*T, 1, 1, 1): that of the nearest of its own times."""
        nearest = (self.timesteps[None] - timestep[:, None]).abs().argmin(1)
        return self.sigmas[nearest].reshape(-1, 1, 1, 1)

    def add_noise(self, original_samples: Any, noise: Any, timestep: Any) -> Any:
        assert original_samples.ndim == 4 and timestep.shape == (len(original_samples),)
        sigma = self.sigma(timestep)
        return ((1 - sigma) * original_samples + sigma * noise).type_as(noise)
