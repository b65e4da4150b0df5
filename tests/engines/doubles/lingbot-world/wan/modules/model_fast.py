"""As robbyant/lingbot-world at a43bec7, wan/modules/model_fast.py: shapes, checks and caches, no
layers. The network keeps its calls."""

from typing import Any, ClassVar

import torch
from diffusers.configuration_utils import ConfigMixin, register_to_config
from diffusers.models.modeling_utils import ModelMixin


class WanModelFast(ModelMixin, ConfigMixin):  # type: ignore[misc] # untyped there
    calls: ClassVar[list[dict[str, Any]]] = []

    @register_to_config
    def __init__(
        self,
        model_type: str = "t2v",
        control_type: str = "cam",
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
        assert model_type in ["t2v", "i2v"]
        self.patch_embedding = torch.nn.Linear(1, 1)
        self.freqs = torch.ones(1024)  # no buffer: to() would change its dtype

    def forward(
        self,
        x: Any,
        t: Any,
        context: Any,
        seq_len: int,
        y: Any = None,
        dit_cond_dict: Any = None,
        kv_cache: Any = None,
        crossattn_cache: Any = None,
        current_start: int = 0,
        max_attention_size: int = 1_000_000,
        frame_seqlen: int | None = None,
        cross_attn_first_call: bool | None = None,
    ) -> Any:
        (latents,), (seen,), (text,) = x, y, context
        channels, count, height, width = latents.shape
        assert channels == 16 and seen.shape == (20, count, height, width)
        assert t.shape == (1,) and text.ndim == 2
        (rays,) = dit_cond_dict["c2ws_plucker_emb"]
        assert rays.shape == (1, 6 * 64, count, height, width)
        tokens = height * width // 4
        assert frame_seqlen == tokens and seq_len == count * tokens
        start = current_start // tokens
        # A RuntimeError of torch's at the end of the positions.
        self.freqs[start : start + count].view(count)
        for cache in kv_cache:
            size, end = cache["k"].shape[1], current_start + seq_len
            assert size == max_attention_size
            filled, before = int(cache["local_end_index"]), int(cache["global_end_index"])
            assert current_start in (before, before - seq_len), "a cache of another rollout"
            evicted, sink = filled + seq_len - size, self.config.sink_size * tokens
            if self.config.local_attn_size != -1 and end > before and evicted > 0:
                cache["k"][:, sink : filled - evicted] = cache["k"][
                    :, sink + evicted : filled
                ].clone()
                filled -= evicted
            local_end = filled + end - before
            # A RuntimeError of torch's where the cache has no more room.
            room = cache["k"][:, local_end - seq_len : local_end]
            room[:] = latents.mean().expand(room.shape[0], seq_len, 1, 1)
            cache["global_end_index"].fill_(end)
            cache["local_end_index"].fill_(local_end)
        heads = self.config.num_heads
        for cache in crossattn_cache:
            assert cache["k"].shape == (1, 512, heads, self.config.dim // heads)
            if cross_attn_first_call:
                cache["is_init"].fill_(1)
                cache["k"].fill_(float(text.mean()))
            assert int(cache["is_init"]) == 1, "no text yet"
        self.calls.append(
            {
                "t": round(float(t[0])),
                "start": start,
                "seen": int(kv_cache[0]["local_end_index"]) // tokens,
                "seed": seen[3:5, :, 0, 0].tolist(),  # of the mask, of the picture
                "text": float(crossattn_cache[0]["k"].mean()),
                "places": rays[0].unflatten(0, (6, 64))[:3, 0, :, 0, 0].T.float(),
                "ahead": rays[0].unflatten(0, (6, 8, 8))[3:, 0, 0, :, height // 2, width // 2].T,
            }
        )
        return [latents.float() * 0.5]
