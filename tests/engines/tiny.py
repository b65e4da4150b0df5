"""Checkpoints of real architectures, a few kilobytes and random, saved as their repos are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

WORDS = {"<pad>": 0, "</s>": 1, "<unk>": 2, "forest": 3, "desert": 4}


def save_helios(folder: Path, *, is_distilled: bool = True) -> None:
    """A Helios pipeline, two layers wide, in the layout of BestWishYsh/Helios-Distilled."""
    from diffusers import (
        AutoencoderKLWan,
        HeliosDMDScheduler,
        HeliosPyramidPipeline,
        HeliosScheduler,
        HeliosTransformer3DModel,
    )

    torch.manual_seed(0)
    scheduler = HeliosDMDScheduler if is_distilled else HeliosScheduler
    HeliosPyramidPipeline(
        tokenizer=tokenizer(),
        text_encoder=text_encoder(),
        vae=AutoencoderKLWan(base_dim=4, z_dim=16, dim_mult=[1, 1, 1, 1], num_res_blocks=1),
        scheduler=scheduler(gamma=0.3),  # at 1/3 float32 on the CPU is not positive-definite
        transformer=HeliosTransformer3DModel(
            num_attention_heads=2,
            attention_head_dim=12,
            text_dim=16,
            freq_dim=16,
            ffn_dim=32,
            num_layers=2,
            rope_dim=(4, 4, 4),
        ),
        is_distilled=is_distilled,
    ).save_pretrained(folder)


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


def save_sana_wm(folder: Path) -> None:
    """A SANA-WM pipeline, two layers wide, in the layout of Efficient-Large-Model's."""
    from diffusers import (
        AutoencoderKLLTX2Video,
        FlowMatchEulerDiscreteScheduler,
        SanaWMPipeline,
        SanaWMTransformer3DModel,
    )
    from transformers import Gemma2Config, Gemma2Model

    torch.manual_seed(0)
    widths = (16, 32, 64, 128)
    gemma = Gemma2Config(
        vocab_size=len(WORDS),
        hidden_size=16,
        intermediate_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        num_key_value_heads=1,
        head_dim=8,
    )
    SanaWMPipeline(
        tokenizer=tokenizer(),
        text_encoder=Gemma2Model(gemma),
        vae=AutoencoderKLLTX2Video(
            latent_channels=16,
            block_out_channels=widths,
            decoder_block_out_channels=widths[:3],
            layers_per_block=(1, 1, 1, 1, 1),
            decoder_layers_per_block=(1, 1, 1, 1),
            spatial_compression_ratio=32,
            temporal_compression_ratio=8,
        ),
        transformer=SanaWMTransformer3DModel(
            in_channels=16,
            num_layers=2,
            hidden_size=224,
            num_attention_heads=2,
            caption_channels=16,
            chunk_plucker_post_attn_blocks=2,
        ),
        scheduler=FlowMatchEulerDiscreteScheduler(),
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
