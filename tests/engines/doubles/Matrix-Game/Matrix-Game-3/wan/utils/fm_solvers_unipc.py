"""As SkyworkAI/Matrix-Game at d915452, Matrix-Game-3/wan/utils/fm_solvers_unipc.py: its calls."""

from typing import Any

import torch


class FlowUniPCMultistepScheduler:
    def __init__(self) -> None:
        self.timesteps: Any = None

    def set_timesteps(self, num_inference_steps: int, device: Any, shift: float) -> None:
        sigmas = torch.linspace(1, 0, num_inference_steps + 1)[:-1]
        self.timesteps = (1000 * shift * sigmas / (1 + (shift - 1) * sigmas)).long()

    def step(self, model_output: Any, timestep: Any, sample: Any, return_dict: bool = True) -> Any:
        assert timestep in self.timesteps and model_output.shape == sample.shape
        return (sample - 0.3 * model_output,)
