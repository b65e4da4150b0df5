"""As guandeh17/Self-Forcing at 33593df, wan/modules/t5.py: made on a device, and called."""

from typing import Any

import torch


class T5Encoder(torch.nn.Module):
    def __init__(
        self,
        vocab: Any,
        dim: int,
        dim_attn: int,
        dim_ffn: int,
        num_heads: int,
        num_layers: int,
        num_buckets: int,
        shared_pos: bool = True,
        dropout: float = 0.1,
    ) -> None:
        super().__init__()
        self.token_embedding = torch.nn.Embedding(vocab, dim)

    def forward(self, ids: Any, mask: Any = None) -> Any:
        assert ids.dtype == torch.int64 and ids.shape == mask.shape == (1, 512)
        return self.token_embedding(ids)


def _t5(
    name: str,
    encoder_only: bool = False,
    decoder_only: bool = False,
    return_tokenizer: bool = False,
    tokenizer_kwargs: Any = {},
    dtype: Any = torch.float32,
    device: Any = "cpu",
    **kwargs: Any,
) -> T5Encoder:
    assert encoder_only and not return_tokenizer
    kwargs["vocab"] = kwargs.pop("vocab_size")
    kwargs["num_layers"] = kwargs.pop("encoder_layers")
    kwargs.pop("decoder_layers")
    with torch.device(device):
        return T5Encoder(**kwargs).to(dtype=dtype, device=device)


def umt5_xxl(**kwargs: Any) -> T5Encoder:
    cfg: dict[str, Any] = {"vocab_size": 256384, "dim": 4096, "dim_attn": 4096, "dim_ffn": 10240}
    cfg |= {"num_heads": 64, "encoder_layers": 24, "decoder_layers": 24, "num_buckets": 32}
    return _t5("umt5-xxl", **{**cfg, **kwargs})
