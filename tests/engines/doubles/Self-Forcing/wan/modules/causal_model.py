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
        assert context.shape[1] == self.text_len
        for block, kept, text in zip(self.blocks, kv_cache, crossattn_cache, strict=False):
            assert current_start == start * tokens, "not where a latent starts"
            end = current_start + latents * tokens
            local_end = int(kept["local_end_index"]) + end - int(kept["global_end_index"])
            # A RuntimeError of torch's where the cache has no more room.
            room = kept["k"][:, local_end - latents * tokens : local_end]
            room[:] = x.mean().expand(1, latents * tokens, 1, 1)
            kept["global_end_index"].fill_(end)
            kept["local_end_index"].fill_(local_end)
            if not text["is_init"]:
                text["is_init"], text["k"] = True, context.mean()
            x = block(x.movedim(1, -1)).movedim(-1, 1) + text["k"] + kept["k"][:, :local_end].mean()
        return x
