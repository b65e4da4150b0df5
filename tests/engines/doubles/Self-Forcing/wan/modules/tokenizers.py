"""As guandeh17/Self-Forcing at 33593df, wan/modules/tokenizers.py: ids padded to a length."""

from typing import Any

from transformers import AutoTokenizer


class HuggingfaceTokenizer:
    def __init__(
        self, name: str, seq_len: int | None = None, clean: str | None = None, **kwargs: Any
    ) -> None:
        assert clean in (None, "whitespace", "lower", "canonicalize")
        self.seq_len = seq_len or 0
        self.tokenizer = AutoTokenizer.from_pretrained(name, **kwargs)

    def __call__(self, sequence: Any, **kwargs: Any) -> Any:
        assert isinstance(sequence, list) and kwargs.pop("return_mask")
        made = self.tokenizer(
            sequence,
            padding="max_length",
            truncation=True,
            max_length=self.seq_len,
            return_tensors="pt",
            **kwargs,
        )
        return made.input_ids, made.attention_mask
