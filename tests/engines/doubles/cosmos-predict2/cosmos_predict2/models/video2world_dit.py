"""As cosmos-predict2 1.0.9 on PyPI (nvidia-cosmos/cosmos-predict2 at 661da47):
cosmos_predict2/models/video2world_dit.py, without layers."""

from cosmos_predict2.models.text2image_dit import MiniTrainDIT


class MinimalV1LVGDiT(MiniTrainDIT):
    pass
