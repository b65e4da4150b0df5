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
        dim: int = 2048,
        num_heads: int = 16,
        num_layers: int = 32,
        ffn_dim: int = 8192,
        freq_dim: int = 256,
        in_dim: int = 16,
        out_dim: int = 16,
        text_len: int = 512,
        eps: float = 1e-6,
        local_attn_size: int = -1,
    ) -> None:
        super().__init__()
        assert model_type in ["t2v", "i2v"] and dim % num_heads == 0
        self.local_attn_size, self.num_layers, self.text_len = local_attn_size, num_layers, text_len
        self.blocks = torch.nn.ModuleList(torch.nn.Linear(16, 16) for _ in range(num_layers))
        self.freqs = torch.ones(1024)  # no buffer: to() would change its dtype
        self.num_frame_per_block = 1

    def forward(
        self,
        x: Any,
        t: Any,
        context: Any,
        seq_len: int,
        kv_cache: Any,
        crossattn_cache: Any,
        current_start: int,
        cache_start: int | None,
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
            room = kept["k"][:, local_end - latents * tokens : local_end]
            if room.shape[1] != latents * tokens:
                raise RuntimeError("The expanded size of the tensor must match the existing size")
            room[:] = x.mean()
            kept["global_end_index"].fill_(end)
            kept["local_end_index"].fill_(local_end)
            if not text["is_init"]:
                text["is_init"], text["k"] = True, context.mean()
            x = block(x.movedim(1, -1)).movedim(-1, 1) + text["k"] + kept["k"][:, :local_end].mean()
        return x
