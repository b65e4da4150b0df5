"""As guandeh17/Self-Forcing at 33593df, utils/wan_wrapper.py: from a flow to clean latents."""

from typing import Any

import torch
from wan.modules.causal_model import CausalWanModel


class WanDiffusionWrapper(torch.nn.Module):
    def __init__(
        self,
        model_name: str = "Wan2.1-T2V-1.3B",
        timestep_shift: float = 8.0,
        is_causal: bool = False,
        local_attn_size: int = -1,
        sink_size: int = 0,
    ) -> None:
        super().__init__()
        # A folder below wherever the process runs: elsewhere it fails.
        self.model = CausalWanModel.from_pretrained(f"wan_models/{model_name}/")

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
        classify_mode: bool | None = False,
        concat_time_embeddings: bool | None = False,
        clean_x: Any = None,
        aug_t: Any = None,
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
        clean = self._convert_flow_pred_to_x0(
            flow.flatten(0, 1), noisy_image_or_video.flatten(0, 1), timestep.flatten(0, 1)
        )
        return flow, clean.unflatten(0, flow.shape[:2])

    def _convert_flow_pred_to_x0(self, flow_pred: Any, xt: Any, timestep: Any) -> Any:
        nearest = (self.scheduler.timesteps[None] - timestep[:, None]).abs().argmin(1)
        sigma = self.scheduler.sigmas[nearest].reshape(-1, 1, 1, 1)
        return (xt - sigma * flow_pred).to(flow_pred.dtype)
