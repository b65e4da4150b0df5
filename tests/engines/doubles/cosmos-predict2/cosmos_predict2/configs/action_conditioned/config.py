"""As cosmos-predict2 1.0.9 on PyPI (nvidia-cosmos/cosmos-predict2 at 661da47):
cosmos_predict2/configs/action_conditioned/config.py."""

from types import SimpleNamespace
from typing import Any

_PREDICT2_ACTION_CONDITIONED_PIPELINE_2B = SimpleNamespace(
    tokenizer=SimpleNamespace(
        vae_pth="checkpoints/nvidia/Cosmos-Predict2-2B-Video2World/tokenizer/tokenizer.pth"
    ),
    state_t=4,
    resize_online=True,
    action_dim=7 * 12,
)


def get_cosmos_predict2_action_conditioned_pipeline(
    *, model_size: str, resolution: str, fps: int
) -> Any:
    return {"2B": _PREDICT2_ACTION_CONDITIONED_PIPELINE_2B}[model_size]
