"""As krea-ai/realtime-video at acf4b7b, pipeline/causal_inference.py: caches that are zeroed."""

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
        self.num_transformer_blocks = len(generator.model.blocks)
        self.frame_seq_length = 1560
        self.kv_cache1: Any = None
        self.local_attn_size = generator.model.local_attn_size

    def _initialize_kv_cache(self, batch_size: int, dtype: Any, device: Any) -> None:
        room = 32760 if self.local_attn_size == -1 else self.local_attn_size * self.frame_seq_length
        shape = (batch_size, room, 1, 1)  # as many heads and channels there as the network has
        self.kv_cache1 = [
            {
                "k": torch.zeros(shape, dtype=dtype, device=device),
                "global_end_index": 0,
                "local_end_index": 0,
            }
            for _ in range(self.num_transformer_blocks)
        ]

    def _initialize_crossattn_cache(self, batch_size: int, dtype: Any, device: Any) -> None:
        self.crossattn_cache = [
            {"k": torch.zeros(batch_size, 512, 1, 1), "is_init": False}
            for _ in range(self.num_transformer_blocks)
        ]
