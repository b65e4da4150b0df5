"""As guandeh17/Self-Forcing at 33593df, utils/wan_wrapper.py: from a flow to clean latents."""

from typing import Any

import torch


class WanDiffusionWrapper(torch.nn.Module):
    def __init__(self, model_name: str = "Wan2.1-T2V-1.3B") -> None:
        raise FileNotFoundError(f"wan_models/{model_name}/ is not where the process runs")

    def post_init(self) -> None:
        self.get_scheduler()

    def get_scheduler(self) -> Any:
        return self.scheduler

    def forward(
        self,
        noisy_image_or_video: Any,
        conditional_dict: dict[str, Any],
        timestep: Any,
        kv_cache: Any = None,
        crossattn_cache: Any = None,
        current_start: int | None = None,
        cache_start: int | None = None,
    ) -> tuple[Any, Any]:
        batch, latents, channels, height, width = noisy_image_or_video.shape
        assert channels == 16 and timestep.shape == (batch, latents)
        assert not self.uniform_timestep, "each latent has its time"
        assert latents * height * width // 4 <= self.seq_len
        flow = self.model(
            noisy_image_or_video.permute(0, 2, 1, 3, 4),
            t=timestep,
            context=conditional_dict["prompt_embeds"],
            seq_len=self.seq_len,
            kv_cache=kv_cache,
            crossattn_cache=crossattn_cache,
            current_start=current_start,
            cache_start=cache_start,
        ).permute(0, 2, 1, 3, 4)
        sigma = self.scheduler.sigma(timestep.flatten()).to(flow.dtype)
        clean = noisy_image_or_video.flatten(0, 1) - sigma * flow.flatten(0, 1)
        return flow, clean.unflatten(0, flow.shape[:2])
