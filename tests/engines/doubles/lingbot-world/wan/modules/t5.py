"""As robbyant/lingbot-world at a43bec7, wan/modules/t5.py: a list of (words, channels)."""

from pathlib import Path
from typing import Any

import torch


class T5EncoderModel:
    def __init__(
        self,
        text_len: int,
        dtype: Any = torch.bfloat16,
        device: Any = torch.cuda.current_device(),  # fails at import where there is no GPU
        checkpoint_path: Any = None,
        tokenizer_path: Any = None,
        shard_fn: Any = None,
    ) -> None:
        assert Path(checkpoint_path).is_file()
        self.model = torch.nn.Linear(1, 1)

    def __call__(self, texts: Any, device: Any) -> Any:
        return [torch.full((len(text.split()), 4096), float(len(text))) for text in texts]
