"""As guandeh17/Self-Forcing at 33593df, wan/modules/model.py: insists on a GPU and flash-attn."""

from typing import Any

import torch


def flash_attention(
    q: Any,
    k: Any,
    v: Any,
    q_lens: Any = None,
    k_lens: Any = None,
    dropout_p: float = 0.0,
    softmax_scale: float | None = None,
    q_scale: float | None = None,
    causal: bool = False,
    window_size: Any = (-1, -1),
    deterministic: bool = False,
    dtype: Any = torch.bfloat16,
    version: int | None = None,
) -> Any:
    assert q.device.type == "cuda" and q.size(-1) <= 256
