"""As SkyworkAI/Matrix-Game at 71c3cd7, Matrix-Game-3/wan/utils/fm_solvers_unipc.py: its calls."""

from typing import Any

import torch
from diffusers.configuration_utils import ConfigMixin, register_to_config
from diffusers.schedulers.scheduling_utils import SchedulerMixin


class FlowUniPCMultistepScheduler(SchedulerMixin, ConfigMixin):  # type: ignore[misc] # untyped there
    @register_to_config
    def __init__(
        self,
        num_train_timesteps: int = 1000,
        solver_order: int = 2,
        prediction_type: str = "flow_prediction",
        shift: float | None = 1.0,
        use_dynamic_shifting: bool = False,
        thresholding: bool = False,
        dynamic_thresholding_ratio: float = 0.995,
        sample_max_value: float = 1.0,
        predict_x0: bool = True,
        solver_type: str = "bh2",
        lower_order_final: bool = True,
        disable_corrector: Any = [],
        solver_p: Any = None,
        timestep_spacing: str = "linspace",
        steps_offset: int = 0,
        final_sigmas_type: str | None = "zero",
    ) -> None:
        self.timesteps: Any = None

    def set_timesteps(
        self,
        num_inference_steps: int | None = None,
        device: Any = None,
        sigmas: Any = None,
        mu: Any = None,
        shift: float | None = None,
    ) -> None:
        assert num_inference_steps is not None and shift is not None
        sigmas = torch.linspace(1, 0, num_inference_steps + 1)[:-1]
        self.timesteps = (1000 * shift * sigmas / (1 + (shift - 1) * sigmas)).long()

    def step(
        self,
        model_output: Any,
        timestep: Any,
        sample: Any,
        return_dict: bool = True,
        generator: Any = None,
    ) -> Any:
        assert timestep in self.timesteps and model_output.shape == sample.shape
        return (sample - 0.3 * model_output,)
