"""As cosmos-predict2 1.0.9 on PyPI (nvidia-cosmos/cosmos-predict2 at 661da47):
cosmos_predict2/pipelines/video2world.py, without the network."""

from typing import Any

import numpy as np
import torch
from cosmos_predict2.pipelines.base import BasePipeline


class Video2WorldPipeline(BasePipeline):
    def __init__(self, device: str = "cuda", torch_dtype: torch.dtype = torch.bfloat16) -> None:
        super().__init__(device=device, torch_dtype=torch_dtype)

    def _normalize_video_databatch_inplace(
        self, data_batch: dict[str, Any], input_key: str | None = None
    ) -> None:
        video = data_batch["video"]
        assert video.dtype == torch.uint8, "Video data is not in uint8 format."
        video = video.float() / 127.5 - 1.0
        expected_length = 1 + 4 * (self.config.state_t - 1)
        if self.config.resize_online and video.shape[2] != expected_length:
            start = np.random.randint(
                0, video.shape[2] - expected_length
            )  # of one frame: low >= high
            video = video[:, :, start : start + expected_length]
        data_batch["video"] = video
