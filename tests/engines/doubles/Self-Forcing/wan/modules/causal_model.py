"""As guandeh17/Self-Forcing at 33593df, wan/modules/causal_model.py: its caches, no attention."""

from typing import Any

import torch
from diffusers.configuration_utils import ConfigMixin, register_to_config
from diffusers.models.modeling_utils import ModelMixin


class CausalWanModel(ModelMixin, ConfigMixin):  # type: ignore[misc] # untyped there
    @register_to_config
    def __init__(
        self,
        model_type: str = "t2v",
        patch_size: Any = (1, 2, 2),
        text_len: int = 512,
        in_dim: int = 16,
        dim: int = 2048,
        ffn_dim: int = 8192,
        freq_dim: int = 256,
        text_dim: int = 4096,
        out_dim: int = 16,
        num_heads: int = 16,
        num_layers: int = 32,
        local_attn_size: int = -1,
        sink_size: int = 0,
        qk_norm: bool = True,
        cross_attn_norm: bool = True,
        eps: float = 1e-6,
    ) -> None:
        super().__init__()
        assert model_type in ["t2v", "i2v"] and dim % num_heads == 0
        self.local_attn_size, self.num_layers, self.text_len = local_attn_size, num_layers, text_len
        self.blocks = torch.nn.ModuleList(torch.nn.Linear(16, 16) for _ in range(num_layers))
        self.freqs = torch.ones(1024)  # no buffer: to() would change its dtype
        self.num_frame_per_block = 1

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        return self._forward_inference(*args, **kwargs)

    def _forward_inference(
        self,
        x: Any,
        t: Any,
        context: Any,
        seq_len: int,
        clip_fea: Any = None,
        y: Any = None,
        kv_cache: Any = None,
        crossattn_cache: Any = None,
        current_start: int = 0,
        cache_start: int = 0,
    ) -> Any:
        _, _, latents, height, width = x.shape
        tokens = height * width // 4
        start = current_start // tokens
        self.freqs = self.freqs.to(x.device)  # a tensor on "meta" cannot go anywhere
        # A RuntimeError of torch's at the end of the positions.
        self.freqs[start : start + latents].view(latents)
        assert context.shape[1] == self.text_len
        new, sink = latents * tokens, self.config.sink_size * tokens
        for block, kept, text in zip(self.blocks, kv_cache, crossattn_cache, strict=False):
            assert current_start == start * tokens, "not where a latent starts"
            end, size = current_start + new, kept["k"].shape[1]
            filled, before = int(kept["local_end_index"]), int(kept["global_end_index"])
            evicted = filled + new - size
            if self.local_attn_size != -1 and end > before and evicted > 0:
                kept["k"][:, sink : filled - evicted] = kept["k"][
                    :, sink + evicted : filled
                ].clone()
                filled -= evicted
            local_end = filled + end - before
            # A RuntimeError of torch's where the cache has no more room.
            room = kept["k"][:, local_end - new : local_end]
            room[:] = x.mean().expand(1, new, 1, 1)
            kept["global_end_index"].fill_(end)
            kept["local_end_index"].fill_(local_end)
            if not text["is_init"]:
                text["is_init"], text["k"] = True, context.mean()
            x = block(x.movedim(1, -1)).movedim(-1, 1) + text["k"] + kept["k"][:, :local_end].mean()
        return x
