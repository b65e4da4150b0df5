"""As cosmos-predict2 1.0.9 on PyPI (nvidia-cosmos/cosmos-predict2 at 661da47):
cosmos_predict2/conditioner.py."""

from enum import Enum


class DataType(str, Enum):  # noqa: UP042 - as upstream
    IMAGE = "image"
    VIDEO = "video"
    MIX = "mix"

    def __str__(self) -> str:
        return self.value
