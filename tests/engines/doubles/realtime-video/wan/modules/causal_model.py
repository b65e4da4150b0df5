"""As krea-ai/realtime-video at acf4b7b, wan/modules/causal_model.py: its caches, no attention."""

from typing import Any

import torch
from diffusers.configuration_utils import ConfigMixin, register_to_config
from diffusers.models.modeling_utils import ModelMixin

TOKENS = 1560  # written down in its attention


class SelfAttention(torch.nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.scale = torch.nn.Parameter(torch.ones(16))
        self.local_attn_size = -1
        self.fused_projections = False

    def fuse_projections(self) -> None:
        assert self.scale.device.type != "meta"
        self.fused_projections = True


class Block(torch.nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.self_attn = SelfAttention()


class CausalWanModel(ModelMixin, ConfigMixin):  # type: ignore[misc] # untyped there
    @register_to_config
    def __init__(
        self,
        model_type: str = "t2v",
        dim: int = 2048,
        ffn_dim: int = 8192,
        freq_dim: int = 256,
        in_dim: int = 16,
        out_dim: int = 16,
        num_heads: int = 16,
        num_layers: int = 32,
        text_len: int = 512,
        local_attn_size: int = -1,
        eps: float = 1e-6,
    ) -> None:
        super().__init__()
        assert dim % num_heads == 0
        self.local_attn_size, self.text_len = local_attn_size, text_len
        self.blocks = torch.nn.ModuleList(Block() for _ in range(num_layers))
        self.freqs = torch.ones(1024)  # no buffer: to() would change its dtype
        self.num_frame_per_block, self.block_mask = 1, None

    @staticmethod
    def _prepare_blockwise_causal_attn_mask(
        device: Any,
        num_frames: int = 21,
        frame_seqlen: int = 1560,
        num_frame_per_block: int = 1,
        local_attn_size: int = -1,
    ) -> Any:
        assert frame_seqlen == TOKENS and local_attn_size == -1
        return {"latents": num_frames, "per block": num_frame_per_block}

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
        assert height * width // 4 == TOKENS
        self.freqs = self.freqs.to(x.device)  # a tensor on "meta" cannot go anywhere
        assert context.shape[1] == self.text_len
        tokens = latents * TOKENS
        for block, kept, text in zip(self.blocks, kv_cache, crossattn_cache, strict=True):
            assert block.self_attn.fused_projections
            if self.block_mask is not None:  # from position 0, whatever current_start is
                assert self.block_mask["latents"] == latents
                local_end = end = tokens
            else:
                end = current_start + tokens
                local_end = kept["local_end_index"] + end - kept["global_end_index"]
            room = kept["k"][:, local_end - tokens : local_end]
            if room.shape[1] != tokens:
                raise RuntimeError("The expanded size of the tensor must match the existing size")
            room[:] = x.mean()
            kept["global_end_index"], kept["local_end_index"] = end, local_end
            if not text["is_init"]:
                text["is_init"], text["k"] = True, context.mean()
            scaled = x * block.self_attn.scale.view(16, 1, 1, 1)
            x = scaled + text["k"] + kept["k"][:, :local_end].mean()
        return x
