"""As SkyworkAI/Matrix-Game at 6146d7a, utils/wan_wrapper.py: signatures, checks, no transformer."""

from typing import Any, ClassVar

import torch
from torch import nn
from utils.scheduler import FlowMatchScheduler


class WanDiffusionWrapper(nn.Module):
    calls: ClassVar[list[dict[str, Any]]] = []

    def __init__(
        self, model_config: str = "", timestep_shift: float = 5.0, is_causal: bool = True
    ) -> None:
        super().__init__()
        assert model_config.startswith("/"), "relative to wherever the process runs"
        self.model = nn.Module()
        self.model.head = nn.Linear(16, 16)
        self.model.local_attn_size = 6
        self.scheduler = FlowMatchScheduler(
            shift=timestep_shift, sigma_min=0.0, extra_one_step=True
        )
        self.scheduler.set_timesteps(1000, training=True)

    def get_scheduler(self) -> FlowMatchScheduler:
        return self.scheduler

    def forward(
        self,
        noisy_image_or_video: Any,
        conditional_dict: dict[str, Any],
        timestep: Any,
        kv_cache: Any = None,
        kv_cache_mouse: Any = None,
        kv_cache_keyboard: Any = None,
        crossattn_cache: Any = None,
        current_start: int | None = None,
        cache_start: int | None = None,
    ) -> tuple[Any, Any]:
        assert noisy_image_or_video.shape[1] == 16
        batch, _, latents, height, width = noisy_image_or_video.shape
        assert timestep.shape == (batch, latents)
        assert current_start is not None and current_start % 880 == 0
        start = current_start // 880
        # A RuntimeError of torch's at the end of the positions.
        torch.ones(1024)[start : start + latents].view(latents)
        seen = 1 + 4 * (start + latents - 1)  # the action module looks back over all of them
        assert conditional_dict["cond_concat"].shape == (batch, 20, latents, height, width)
        assert conditional_dict["keyboard_cond"].shape[1] == seen
        if kv_cache_mouse is not None and "mouse_cond" in conditional_dict:
            assert conditional_dict["mouse_cond"].shape == (batch, seen, 2)
        for cache in (kv_cache, kv_cache_mouse, kv_cache_keyboard):
            assert cache["end"] in (start, start + latents), "caches of another rollout"
            cache["end"] = start + latents
        self.calls.append({**conditional_dict, "t": timestep[0].tolist(), "start": start})
        clean = self.model.head(noisy_image_or_video.movedim(1, -1)).movedim(-1, 1)
        return clean, clean
