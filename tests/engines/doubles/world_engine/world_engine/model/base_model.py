"""As Overworldai/world_engine at 208c909, src/model/base_model.py: loads nothing."""

from torch import nn


class BaseModel(nn.Module):
    pass
