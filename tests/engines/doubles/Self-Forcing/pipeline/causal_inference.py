"""As guandeh17/Self-Forcing at 33593df, pipeline/causal_inference.py: schedule and caches."""

from typing import Any

import torch


class CausalInferencePipeline(torch.nn.Module):
    def __init__(
        self,
        args: Any,
        device: Any,
        generator: Any = None,
        text_encoder: Any = None,
        vae: Any = None,
    ) -> None:
        super().__init__()
        assert generator is not None and text_encoder is not None and vae is not None
        self.generator, self.text_encoder, self.vae, self.args = generator, text_encoder, vae, args
        self.scheduler = generator.get_scheduler()
        self.denoising_step_list = torch.tensor(args.denoising_step_list, dtype=torch.long)
        if args.warp_denoising_step:
            timesteps = torch.cat((self.scheduler.timesteps.cpu(), torch.tensor([0.0])))
            self.denoising_step_list = timesteps[1000 - self.denoising_step_list]
        self.num_transformer_blocks = 30
        self.frame_seq_length = 1560
        self.kv_cache1 = None
        self.local_attn_size = generator.model.local_attn_size
        generator.model.num_frame_per_block = args.num_frame_per_block

    def _initialize_kv_cache(self, batch_size: int, dtype: Any, device: Any) -> None:
        frames = 21 if self.local_attn_size == -1 else self.local_attn_size
        # (B, tokens, 12, 128) there, and always 32760 tokens where the attention is global.
        shape = (batch_size, frames * self.frame_seq_length, 1, 1)
        self.kv_cache1 = [
            {
                "k": torch.zeros(shape, dtype=dtype, device=device),
                "global_end_index": torch.tensor([0]),
                "local_end_index": torch.tensor([0]),
            }
            for _ in range(self.num_transformer_blocks)
        ]

    def _initialize_crossattn_cache(self, batch_size: int, dtype: Any, device: Any) -> None:
        self.crossattn_cache = [
            {"k": torch.zeros(batch_size, 512, 1, 1), "is_init": False}
            for _ in range(self.num_transformer_blocks)
        ]
