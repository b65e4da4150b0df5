"""Checkpoints of real architectures, a few kilobytes and random, saved as their repos are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

WORDS = {"<pad>": 0, "</s>": 1, "<unk>": 2, "forest": 3, "desert": 4}


def save_wan(folder: Path) -> None:
    """A Wan text-to-video pipeline, two layers wide."""
    from diffusers import (
        AutoencoderKLWan,
        FlowMatchEulerDiscreteScheduler,
        WanPipeline,
        WanTransformer3DModel,
    )

    torch.manual_seed(0)
    WanPipeline(
        tokenizer=tokenizer(),
        text_encoder=text_encoder(),
        vae=AutoencoderKLWan(base_dim=4, z_dim=16, dim_mult=[1, 1, 1, 1], num_res_blocks=1),
        scheduler=FlowMatchEulerDiscreteScheduler(shift=7.0),
        transformer=WanTransformer3DModel(
            num_attention_heads=2,
            attention_head_dim=12,
            text_dim=16,
            freq_dim=16,
            ffn_dim=32,
            num_layers=2,
        ),
    ).save_pretrained(folder)


def tokenizer() -> Any:
    """Knows two words."""
    from tokenizers import Tokenizer
    from tokenizers.models import WordLevel
    from tokenizers.pre_tokenizers import Whitespace
    from transformers import PreTrainedTokenizerFast

    words = Tokenizer(WordLevel(WORDS, unk_token="<unk>"))
    words.pre_tokenizer = Whitespace()
    return PreTrainedTokenizerFast(
        tokenizer_object=words, pad_token="<pad>", eos_token="</s>", unk_token="<unk>"
    )


def text_encoder() -> Any:
    """UMT5 with one layer."""
    from transformers import UMT5Config, UMT5EncoderModel

    config = UMT5Config(
        vocab_size=len(WORDS), d_model=16, d_kv=4, d_ff=16, num_layers=1, num_heads=2
    )
    return UMT5EncoderModel(config)
