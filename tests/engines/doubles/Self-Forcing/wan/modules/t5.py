"""As guandeh17/Self-Forcing at 33593df, wan/modules/t5.py: made on a device, and called."""

from typing import Any

import torch


class T5Encoder(torch.nn.Module):
    def __init__(self, vocab_size: int, dim: int) -> None:
        super().__init__()
        self.token_embedding = torch.nn.Embedding(vocab_size, dim)

    def forward(self, ids: Any, mask: Any = None) -> Any:
        assert ids.dtype == torch.int64 and ids.shape == mask.shape == (1, 512)
        return self.token_embedding(ids)


def umt5_xxl(
    encoder_only: bool = False,
    return_tokenizer: bool = False,
    dtype: Any = torch.float32,
    device: Any = "cpu",
    vocab_size: int = 256384,
    dim: int = 4096,
    **kwargs: Any,
) -> T5Encoder:
    assert encoder_only and not return_tokenizer
    with torch.device(device):
        return T5Encoder(vocab_size, dim).to(dtype=dtype, device=device)
