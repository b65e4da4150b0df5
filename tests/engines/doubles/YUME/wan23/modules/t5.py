"""As stdstu12/YUME at 111c3fa, wan23/modules/t5.py: a list of (words, channels)."""

from pathlib import Path
from typing import Any, ClassVar

import torch
from torch import nn


class T5EncoderModel:
    texts: ClassVar[list[str]] = []

    def __init__(
        self,
        text_len: int,
        dtype: Any = torch.bfloat16,
        device: Any = 0 if torch.cuda.is_available() else "cpu",
        checkpoint_path: Any = None,
        tokenizer_path: Any = None,
        shard_fn: Any = None,
    ) -> None:
        assert Path(checkpoint_path).is_file()
        self.model = nn.Linear(1, 1)

    def __call__(self, texts: Any, device: Any) -> Any:
        self.texts.extend(texts)
        return [torch.full((len(text.split()), 4096), float(len(text))) for text in texts]
