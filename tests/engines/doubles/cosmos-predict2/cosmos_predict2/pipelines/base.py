"""As cosmos-predict2 1.0.9 on PyPI (nvidia-cosmos/cosmos-predict2 at 661da47):
cosmos_predict2/pipelines/base.py."""

from typing import Any

import torch


class BasePipeline(torch.nn.Module):
    def __init__(
        self,
        device: Any = "cuda",
        torch_dtype: torch.dtype = torch.float16,
        height_division_factor: int = 64,
        width_division_factor: int = 64,
    ) -> None:
        super().__init__()
        self.device, self.torch_dtype = device, torch_dtype
