"""As microsoft/mineworld at b9aebcf, lvm.py: its cache of keys and values, no layers."""

from typing import Any, ClassVar

import torch
from torch import nn
from transformers import PreTrainedModel
from utils import get_obj_from_str, instantiate_from_config


class LlamaLVM(torch.nn.Module):
    def __init__(self, transformer_config: Any, model_class: str, tokenizer_config: Any = None):
        super().__init__()
        self.config = instantiate_from_config(transformer_config)
        self.transformer = get_obj_from_str(model_class)(self.config)
        if tokenizer_config is not None:
            self.tokenizer = instantiate_from_config(tokenizer_config)


class LlamaForCausalLM(PreTrainedModel):  # type: ignore[misc] # untyped there
    made: ClassVar[list[Any]] = []

    def __init__(self, config: Any) -> None:
        super().__init__(config)
        self.lm_head = nn.Linear(1, 1, bias=False)
        self.calls: list[tuple[Any, ...]] = []
        self.filled = 0
        self.post_init()
        self.made.append(self)

    def forward(
        self, input_ids: torch.LongTensor = None, position_ids: torch.LongTensor | None = None
    ) -> Any:
        return input_ids[:, -1:]

    def refresh_kvcache(self) -> None:
        self.calls.append(("refresh",))
        self.filled = 0

    def prefill_for_gradio(self, input_ids: torch.Tensor, temperature: float = 1.0) -> Any:
        assert self.filled == 0, "a cache of another rollout"
        assert input_ids.shape[0] == 1 and input_ids.shape[1] % 347 == 336
        self.filled = input_ids.shape[1]
        self.calls.append(("prefill", input_ids.shape[1] // 347 + 1))
        torch.empty(1).exponential_(1)  # it samples a token
        return input_ids[:, -1:], input_ids.shape[1]

    def decode_img_token_for_gradio(
        self, input_action: Any, position_id: Any, max_new_tokens: int, temperature: float = 1.0
    ) -> Any:
        assert max_new_tokens % 336 == 1, "should be pixnum x n + 1 to fill kvcache"
        assert input_action.shape == (1, 11) and int(position_id) == self.filled
        assert self.filled + 11 + 336 <= 16 * 347, "past max_position_embeddings"
        self.calls.append(("decode", input_action[0].tolist()))
        self(input_ids=input_action, position_ids=torch.arange(self.filled, self.filled + 11))
        self.filled += 11 + 336
        token = int(torch.empty(1).exponential_(1) * 10)  # sampled with torch's own generator
        return [torch.full((1, 1), token)] * 336, torch.tensor([self.filled])
