"""As cosmos-predict2 1.0.9 on PyPI (nvidia-cosmos/cosmos-predict2 at 661da47):
cosmos_predict2/models/text2image_dit.py, without layers."""

from abc import ABC

import torch


class WeightTrainingStat(torch.nn.Module, ABC):
    pass


class MiniTrainDIT(WeightTrainingStat):
    pass
