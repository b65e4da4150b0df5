"""As guandeh17/Self-Forcing at 33593df, wan/modules/model.py: insists on a GPU and flash-attn."""

from typing import Any


def flash_attention(q: Any, k: Any, v: Any, k_lens: Any = None) -> Any:
    assert q.device.type == "cuda" and q.size(-1) <= 256
