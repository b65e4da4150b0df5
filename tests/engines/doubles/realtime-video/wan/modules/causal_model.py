"""As krea-ai/realtime-video at acf4b7b, wan/modules/causal_model.py: its caches, no attention."""

from typing import Any

import torch
from diffusers.configuration_utils import ConfigMixin, register_to_config
from diffusers.models.modeling_utils import ModelMixin


class CausalWanSelfAttention(torch.nn.Module):
    def __init__(
        self,
        dim: int,
        num_heads: int,
        local_attn_size: int = -1,
        sink_size: int = 0,
        qk_norm: bool = True,
        eps: float = 1e-6,
    ) -> None:
        super().__init__()
        self.o = torch.nn.Linear(16, 16)
        self.local_attn_size = local_attn_size
        self.max_attention_size = 32760 if local_attn_size == -1 else local_attn_size * 1560
        self.fused_projections = False

    @torch.no_grad()
    def fuse_projections(self) -> None:
        assert self.o.weight.device.type != "meta"
        self.fused_projections = True


class CausalWanAttentionBlock(torch.nn.Module):
    def __init__(
        self,
        cross_attn_type: str,
        dim: int,
        ffn_dim: int,
        num_heads: int,
        local_attn_size: int = -1,
        sink_size: int = 0,
        qk_norm: bool = True,
        cross_attn_norm: bool = False,
        eps: float = 1e-6,
    ) -> None:
        super().__init__()
        self.self_attn = CausalWanSelfAttention(dim, num_heads, local_attn_size, sink_size)


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
        assert dim % num_heads == 0
        self.local_attn_size, self.text_len = local_attn_size, text_len
        self.blocks = torch.nn.ModuleList(
            CausalWanAttentionBlock("t2v_cross_attn", dim, ffn_dim, num_heads, local_attn_size)
            for _ in range(num_layers)
        )
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
        assert frame_seqlen == 1560 and local_attn_size == -1
        return {"latents": num_frames, "per block": num_frame_per_block}

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
        assert height * width // 4 == 1560  # written down in its attention
        self.freqs = self.freqs.to(x.device)  # a tensor on "meta" cannot go anywhere
        assert context.shape[1] == self.text_len
        tokens = latents * 1560
        for block, kept, text in zip(self.blocks, kv_cache, crossattn_cache, strict=True):
            assert block.self_attn.fused_projections
            if self.block_mask is not None:  # from position 0, whatever current_start is
                assert self.block_mask["latents"] == latents
                local_end = end = tokens
            else:
                end = current_start + tokens
                local_end = kept["local_end_index"] + end - kept["global_end_index"]
            # A RuntimeError of torch's where the cache has no more room.
            room = kept["k"][:, local_end - tokens : local_end]
            room[:] = x.mean().expand(1, tokens, 1, 1)
            kept["global_end_index"], kept["local_end_index"] = end, local_end
            if not text["is_init"]:
                text["is_init"], text["k"] = True, context.mean()
            mixed = block.self_attn.o(x.movedim(1, -1)).movedim(-1, 1)
            x = mixed + text["k"] + kept["k"][:, :local_end].mean()
        return x
