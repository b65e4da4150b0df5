"""As robbyant/lingbot-world at a43bec7, wan/image2video_fast.py: its parts, and their checks."""

from pathlib import Path
from typing import Any

import torch

from .modules.model_fast import WanModelFast
from .modules.t5 import T5EncoderModel
from .modules.vae2_1 import Wan2_1_VAE
from .utils.fm_solvers_unipc import FlowUniPCMultistepScheduler


class WanI2VFast:
    def __init__(
        self,
        config: Any,
        checkpoint_dir: str,
        device_id: int = 0,
        rank: int = 0,
        t5_fsdp: bool = False,
        dit_fsdp: bool = False,
        use_sp: bool = False,
        t5_cpu: bool = False,
        init_on_cpu: bool = True,
        convert_model_dtype: bool = False,
        pipe_dtype: torch.dtype = torch.bfloat16,
        local_attn_size: int = -1,
        sink_size: int = 0,
    ) -> None:
        if "cam" in checkpoint_dir:
            self.control_type = "cam"
        elif "act" in checkpoint_dir:
            self.control_type = "act"
        folder = Path(checkpoint_dir)
        self.device = torch.device("cpu")  # cuda:device_id there
        self.param_dtype, self.pipe_dtype = config.param_dtype, pipe_dtype
        self.text_encoder = T5EncoderModel(
            text_len=config.text_len, checkpoint_path=folder / config.t5_checkpoint
        )
        self.vae = Wan2_1_VAE(vae_pth=str(folder / config.vae_checkpoint), device=self.device)
        assert (folder / config.fast_noise_checkpoint / "config.json").is_file()
        self.model = WanModelFast(
            control_type=self.control_type,
            dim=24,
            num_heads=2,
            num_layers=2,
            local_attn_size=local_attn_size,
            sink_size=sink_size,
        )
        self.scheduler = FlowUniPCMultistepScheduler(num_train_timesteps=1000, shift=1)

    def _convert_flow_pred_to_x0(
        self, flow_pred: Any, xt: Any, timestep: Any, scheduler: Any
    ) -> Any:
        index = torch.argmin((scheduler.timesteps - timestep).abs())
        return xt - scheduler.sigmas[index] * flow_pred

    def _initialize_self_kv_cache(
        self, num_layers: int, shape: Any, dtype: Any, device: Any
    ) -> Any:
        return [
            {
                "k": torch.zeros(shape, dtype=dtype),
                "global_end_index": torch.tensor([0]),
                "local_end_index": torch.tensor([0]),
            }
            for _ in range(num_layers)
        ]

    def _initialize_crossattn_cache(
        self, num_layers: int, shape: Any, dtype: Any, device: Any
    ) -> Any:
        zero = torch.zeros
        return [
            {"k": zero(shape, dtype=dtype), "is_init": torch.tensor(0)} for _ in range(num_layers)
        ]
