"""As SkyworkAI/Matrix-Game at 71c3cd7, Matrix-Game-3/wan/modules/t5.py: unpadded embeddings."""

from pathlib import Path
from typing import Any

import torch


class T5EncoderModel:
    def __init__(
        self,
        text_len: int,
        dtype: Any = torch.bfloat16,
        device: Any = torch.cuda.current_device(),  # fails at import where there is no GPU
        checkpoint_path: str | None = None,
        tokenizer_path: str | None = None,
        shard_fn: Any = None,
    ) -> None:
        assert tokenizer_path is not None and (Path(tokenizer_path) / "spiece.model").is_file()
        self.text_len, self.model = text_len, torch.nn.Embedding(256, 8, dtype=dtype)
        self.model.load_state_dict(torch.load(str(checkpoint_path), map_location="cpu"))

    def __call__(self, texts: list[str], device: Any) -> list[torch.Tensor]:
        assert isinstance(texts, list)
        return [
            self.model(torch.tensor(list(text.encode()[: self.text_len]), device=device))
            for text in texts
        ]
