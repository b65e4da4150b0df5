"""As Overworldai/world_engine at 208c909, src/model/world_model.py: a signature, and no layers."""

from __future__ import annotations

from typing import Any

from torch import Tensor

from .base_model import BaseModel


class WorldModel(BaseModel):
    def forward(
        self,
        x: Tensor,
        sigma: Tensor,
        frame_timestamp: Tensor,
        prompt_emb: Tensor | None = None,
        prompt_pad_mask: Tensor | None = None,
        mouse: Tensor | None = None,
        button: Tensor | None = None,
        scroll: Tensor | None = None,
        kv_cache: Any = None,
        ctrl_cond: bool | None = None,
        prompt_cond: bool | None = None,
    ) -> Tensor:
        assert button is not None
        return x
