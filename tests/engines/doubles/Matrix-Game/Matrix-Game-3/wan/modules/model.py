"""As SkyworkAI/Matrix-Game at 71c3cd7, Matrix-Game-3/wan/modules/model.py: what forward takes."""

from typing import Any, ClassVar

import torch
from diffusers.configuration_utils import ConfigMixin, register_to_config
from diffusers.models.modeling_utils import ModelMixin


class WanModel(ModelMixin, ConfigMixin):  # type: ignore[misc] # untyped there
    calls: ClassVar[list[dict[str, Any]]] = []

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
        window_size: Any = (-1, -1),
        qk_norm: bool = True,
        cross_attn_norm: bool = True,
        eps: float = 1e-6,
        action_config: Any = {},
        use_memory: bool = True,
        sigma_theta: float = 0.0,
        use_text_crossattn: bool = True,
    ) -> None:
        super().__init__()
        assert model_type == "ti2v" and in_dim == out_dim == 48 and use_memory
        self.head = torch.nn.Linear(1, 48, bias=False)

    def forward(
        self,
        x: Any,
        t: Any,
        context: Any,
        seq_len: int,
        y: Any = None,
        mouse_cond: Any = None,
        keyboard_cond: Any = None,
        x_memory: Any = None,
        timestep_memory: Any = None,
        mouse_cond_memory: Any = None,
        keyboard_cond_memory: Any = None,
        plucker_emb: Any = None,
        memory_latent_idx: Any = None,
        predict_latent_idx: Any = None,
        return_memory: bool = False,
        fa_version: Any = None,
    ) -> Any:
        given = {name: value for name, value in locals().items() if name not in ("self", "y")}
        keys = self.config.action_config["keyboard_dim_in"]
        assert x.dtype == self.head.weight.dtype == plucker_emb.dtype
        _, channels, latents, height, width = x.shape
        tokens, memories = height * width // 4, 0
        if x_memory is not None:
            memories = x_memory.shape[2]
            x, t = torch.cat([x_memory, x], 2), torch.cat([timestep_memory, t], 1)
            assert keyboard_cond_memory.shape == (1, memories, keys)
            assert mouse_cond_memory.shape == (1, memories, 2)
            assert len(memory_latent_idx) == memories
            assert max(memory_latent_idx) < predict_latent_idx[0]
        start, end = predict_latent_idx
        assert channels == 48 and end - start == latents and end <= 2048
        assert t.shape == (1, (memories + latents) * tokens)
        assert x.shape[2] * tokens <= seq_len
        assert plucker_emb.shape == (1, 6 * 256, memories + latents, height, width)
        frames = 4 * latents - (3 if start == 0 else 0)
        assert keyboard_cond.shape == (1, frames, keys)
        assert mouse_cond.shape == (1, frames, 2)
        assert context[0].ndim == 2 and len(context[0]) <= 512
        self.calls.append(given)
        steered = keyboard_cond.mean() + mouse_cond.mean() + context[0].mean() + plucker_emb.mean()
        return (x * self.head.weight.view(48, 1, 1, 1) * 0.5 + steered)[:, :, memories:]
