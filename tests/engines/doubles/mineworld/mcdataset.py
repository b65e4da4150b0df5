"""As microsoft/mineworld at b9aebcf, mcdataset.py: 11 tokens of an action."""

from typing import Any

import numpy as np
import torch


class MCDataset(torch.utils.data.Dataset):
    def __init__(
        self,
        action_length: int = 11,
        camera_binsize: int = 9,
        camera_maxval: int = 90,
        camera_mu: float = 11.4887,
        quantization_scheme: str = "mu_law",
    ) -> None:
        self.action_length = action_length

    def get_action_index_from_actiondict(
        self, action_dict: dict[str, Any], action_vocab_offset: int = 0, verbose: bool = False
    ) -> list[int]:
        camera = action_dict["camera"]
        assert isinstance(camera, np.ndarray) and len(camera) == 2
        assert np.abs(camera).max() <= 90
        pairs = ("forward", "back"), ("left", "right"), ("sprint", "sneak"), ("use", "attack")
        picks = [1 if action_dict[a] else 2 if action_dict[b] else 0 for a, b in pairs]
        hotbar = next((n for n in range(1, 10) if action_dict[f"hotbar.{n}"]), 0)
        jump, drop = action_dict["jump"], action_dict["drop"] or action_dict["pickItem"]
        bins = (camera / 9).round().astype(int) + 10
        inside = [*bins.tolist(), hotbar, *picks, jump, drop]
        return [action_vocab_offset + token for token in (0, *inside, 1)]
