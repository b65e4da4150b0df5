"""As Tencent-Hunyuan/HY-WorldPlay at da2d0c2, hyvideo/schedulers/scheduling_flow_match_discrete.py:
it counts its steps, and starts again at set_timesteps."""

from typing import Any

import torch
from diffusers.configuration_utils import ConfigMixin, register_to_config
from diffusers.schedulers.scheduling_utils import SchedulerMixin


class FlowMatchDiscreteScheduler(SchedulerMixin, ConfigMixin):  # type: ignore[misc] # untyped there
    @register_to_config
    def __init__(
        self,
        num_train_timesteps: int = 1000,
        shift: float = 1.0,
        reverse: bool = True,
        solver: str = "euler",
        use_flux_shift: bool = False,
        flux_base_shift: float = 0.5,
        flux_max_shift: float = 1.15,
        n_tokens: int | None = None,
        flux_base_token: float = 256.0,
        flux_max_token: float = 4096.0,
        flux_shift_factor: float = 1.0,
    ) -> None:
        assert reverse and solver == "euler" and not use_flux_shift

    def set_timesteps(
        self, num_inference_steps: int, device: Any = None, n_tokens: int | None = None
    ) -> None:
        sigmas = torch.linspace(1, 0, num_inference_steps + 1)
        shift = self.config.shift
        self.sigmas = shift * sigmas / (1 + (shift - 1) * sigmas)
        self.timesteps = self.sigmas[:-1] * 1000
        self._step_index = 0

    def step(
        self,
        model_output: Any,
        timestep: Any,
        sample: Any,
        generator: Any = None,
        n_tokens: int | None = None,
        return_dict: bool = True,
    ) -> Any:
        if isinstance(timestep, int):
            raise ValueError("Passing integer indices as timesteps is not supported")
        assert not return_dict
        dt = self.sigmas[self._step_index + 1] - self.sigmas[self._step_index]
        self._step_index += 1
        return (sample.float() + model_output.float() * dt,)
