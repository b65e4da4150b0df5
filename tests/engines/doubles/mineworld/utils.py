"""As microsoft/mineworld at b9aebcf: utils.py's loader, lvm.py's cache and vae.py's axes."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import torch
from torch import nn

MADE: list[Any] = []


class Transformer(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(1))
        self.calls: list[tuple[Any, ...]] = []
        self.filled = 0

    def refresh_kvcache(self) -> None:
        self.calls.append(("refresh",))
        self.filled = 0

    def prefill_for_gradio(self, input_ids: torch.Tensor, temperature: float = 1.0) -> Any:
        assert self.filled == 0, "a cache of another rollout"
        assert input_ids.shape[0] == 1 and input_ids.shape[1] % 347 == 336
        self.filled = input_ids.shape[1]
        self.calls.append(("prefill", input_ids.shape[1] // 347 + 1))
        return input_ids[:, -1:], input_ids.shape[1]

    def decode_img_token_for_gradio(
        self, input_action: Any, position_id: Any, max_new_tokens: int, temperature: float = 1.0
    ) -> Any:
        assert max_new_tokens % 336 == 1, "should be pixnum x n + 1 to fill kvcache"
        assert input_action.shape == (1, 11) and int(position_id) == self.filled
        assert self.filled + 11 + 336 <= 16 * 347, "past max_position_embeddings"
        self.calls.append(("decode", input_action[0].tolist()))
        self.filled += 11 + 336
        return [torch.full((1, 1), 7)] * 336, torch.tensor([self.filled])


class VAE:
    def tokenize_images(self, x: torch.Tensor, sane_index_shape: bool = True) -> torch.Tensor:
        assert x.shape[1:] == (3, 224, 384) and x.min() >= -1 and x.max() <= 1
        return torch.zeros(len(x), 14, 24, dtype=torch.long)

    def token2image(self, tokens: torch.Tensor) -> np.ndarray:
        assert tokens.numel() == 336
        return np.full((224, 384, 3), int(tokens.flatten()[0]), np.uint8)


class LlamaLVM(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.transformer, self.tokenizer = Transformer(), VAE()
        MADE.append(self)


def load_model_from_config(config: Any, sd: Any, gpu: bool = True, eval_mode: bool = True) -> Any:
    paths = SimpleNamespace(**config.params.tokenizer_config.params)
    assert paths.config_path.startswith("/") and paths.ckpt_path.startswith("/")
    model = LlamaLVM()
    missing, _ = model.load_state_dict(sd, strict=False)
    if len(missing) != 0:
        raise ValueError(f"Missing keys: {missing}")
    return {"model": model.eval()}
