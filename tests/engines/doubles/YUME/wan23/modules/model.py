"""As stdstu12/YUME at 111c3fa, wan23/modules/model.py: shapes and checks, no layers. The network
keeps its calls."""

from typing import Any, ClassVar

from diffusers.configuration_utils import ConfigMixin, register_to_config
from diffusers.models.modeling_utils import ModelMixin
from torch import nn


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
    ) -> None:
        super().__init__()
        assert model_type in ["t2v", "i2v", "ti2v"]
        self.head = nn.Linear(in_dim, out_dim)
        self.text_len = text_len

    def forward(
        self,
        x: Any,
        t: Any,
        context: Any,
        seq_len: int,
        enable_mask: bool = False,
        y: Any = None,
        latent_frame_zero: int = 8,
        input_ids: Any = None,
        flag: bool = True,
    ) -> Any:
        (latents,) = x
        channels, count, height, width = latents.shape
        assert channels == 48 and height % 2 == 0 and width % 2 == 0
        tokens = count * height * width // 4
        (text,) = context
        assert text.ndim == 2 and len(text) <= self.text_len
        past = count - latent_frame_zero if flag else 0
        if flag:
            assert past > 0, "there is nothing to compress"
            assert past <= 2 + 4 + 16 + 64 + 256 + 1024  # beyond, no branch of upstream's
            times = t.squeeze()
            assert times.shape == (seq_len,) and seq_len == tokens
            first, last = float(times[0]), float(times[-1])
        else:
            assert t.shape == (1,) and tokens <= seq_len
            first = last = float(t[0])
        self.calls.append({"past": past, "times": (first, round(last)), "text": float(text.mean())})
        tail = latents[:, -latent_frame_zero:] if flag else latents
        return [self.head(tail.movedim(0, -1)).movedim(-1, 0).float()]
