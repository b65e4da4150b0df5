"""As Tencent-Hunyuan/Hunyuan-GameCraft-1.0 at 07afcd4: hymm_sp/sample_inference.py, and of
its pipeline the shapes and what a chunk sees of the past."""

from types import SimpleNamespace
from typing import Any, ClassVar

import torch
from hymm_sp.inference import Inference

ACTION_DICT = {
    "w": "forward",
    "a": "left",
    "d": "right",
    "s": "backward",
    "left_rot": "left_rot",
    "right_rot": "right_rot",
    "up_rot": "up_rot",
    "down_rot": "down_rot",
}


class HunyuanVideoSampler(Inference):
    calls: ClassVar[list[dict[str, Any]]] = []

    def __init__(
        self,
        args: Any,
        vae: Any,
        vae_kwargs: Any,
        text_encoder: Any,
        model: Any,
        text_encoder_2: Any = None,
        pipeline: Any = None,
        device: Any = 0,
        logger: Any = None,
    ) -> None:
        super().__init__(args, vae, vae_kwargs, text_encoder, model, device=device)
        self.pipeline = SimpleNamespace(vae=self.vae)

    @torch.no_grad()
    def predict(
        self,
        prompt: Any,
        is_image: bool = True,
        size: Any = (720, 1280),
        video_length: int = 129,
        seed: Any = None,
        negative_prompt: Any = None,
        infer_steps: int = 50,
        guidance_scale: float = 6.0,
        flow_shift: float = 5.0,
        batch_size: int = 1,
        num_videos_per_prompt: int = 1,
        verbose: int = 1,
        output_type: str = "pil",
        **kwargs: Any,
    ) -> dict[str, Any]:
        height, width = size
        assert height % 16 == 0 and width % 16 == 0
        action = ACTION_DICT[kwargs["action_id"]]
        last, ref = kwargs["last_latents"], kwargs["ref_latents"]
        assert last.shape == (1, 16, 1 if is_image else 9, height // 8, width // 8)
        assert ref.shape == (1, 16, 1, height // 8, width // 8)
        assert not self.vae.use_spatial_tiling
        self.calls.append(
            {
                "prompt": prompt,
                "action": (action, kwargs["action_speed"]),
                "is_image": is_image,
                "ref": float(ref.mean()),
                "steps": infer_steps,
                "guidance": guidance_scale,
            }
        )
        torch.randn_like(ref)  # the pipeline's own, without the seed's generator
        latents = ref.repeat(1, 1, 9, 1, 1) + 0.01 * torch.arange(1, 10).view(1, 1, -1, 1, 1)
        frames = 1 + 4 * (latents.shape[2] - 1)
        level = (latents.mean() / self.vae.config.scaling_factor / 2 + 0.5).clamp(0, 1).float()
        outputs: dict[str, Any] = {"samples": [level.expand(1, 3, frames, height, width)]}
        if kwargs.get("return_latents", False):
            outputs |= {"last_latents": latents, "ref_latents": latents[:, :, -1:]}
        return outputs
