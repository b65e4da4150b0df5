"""As cosmos-predict2 1.0.9 on PyPI (nvidia-cosmos/cosmos-predict2 at 661da47):
cosmos_predict2/models/video2world_action_dit.py, without layers."""

import torch
from cosmos_predict2.conditioner import DataType
from cosmos_predict2.models.video2world_dit import MinimalV1LVGDiT


class ActionConditionedMinimalV1LVGDiT(MinimalV1LVGDiT):
    def forward(
        self,
        x_B_C_T_H_W: torch.Tensor,
        timesteps_B_T: torch.Tensor,
        crossattn_emb: torch.Tensor,
        condition_video_input_mask_B_C_T_H_W: torch.Tensor | None = None,
        fps: torch.Tensor | None = None,
        padding_mask: torch.Tensor | None = None,
        data_type: DataType | None = DataType.VIDEO,
        use_cuda_graphs: bool = False,
        action: torch.Tensor | None = None,
        **kwargs: object,
    ) -> torch.Tensor:
        assert action is not None, "action must be provided"
        drift = torch.linspace(0, 0.5, x_B_C_T_H_W.shape[2]).view(1, 1, -1, 1, 1)
        return x_B_C_T_H_W + drift
