"""LPIPS: how different two pictures look, by the features of AlexNet."""

from __future__ import annotations

import pickle
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np

from lucid.errors import MachineError, WeightsError, needs_extra, reason

Distance = Callable[[np.ndarray, np.ndarray], float]


def lpips_distance(weights: Path) -> Distance:
    """Return LPIPS for two frames, (H, W, 3) uint8 RGB. ``weights`` are torchvision's of AlexNet.

    The package itself holds the weights of the other layers, so that nothing is downloaded.

    Raises:
        MachineError: the extra is not installed, or its packages do not fit each other.
        WeightsError: the file does not hold these weights.
    """
    with needs_extra("lpips", "--lpips-weights"):
        try:
            import lpips
        except RuntimeError as error:  # one is for CUDA, and the other is not
            raise MachineError(
                f"torchvision does not fit torch: {reason(error)}",
                hint="install both again, from the same index",
            ) from None
        import torch
    with warnings.catch_warnings(action="ignore"):  # LPIPS calls torchvision in an old way
        net = lpips.LPIPS(net="alex", pnet_rand=True, verbose=False)
    try:
        found = torch.load(weights, map_location="cpu", weights_only=True)
        names = {name: f"features.{name.partition('.')[2]}" for name in net.net.state_dict()}
        net.net.load_state_dict({name: found[source] for name, source in names.items()})
    except (OSError, LookupError, TypeError, RuntimeError, pickle.UnpicklingError) as error:
        raise WeightsError(
            f"{weights} does not hold the weights of torchvision's AlexNet: {reason(error)}",
            hint="pass the file alexnet-owt-7be5be79.pth of torchvision",
        ) from None

    @torch.no_grad()
    def distance(one: np.ndarray, other: np.ndarray) -> float:
        pair = (torch.from_numpy(each).permute(2, 0, 1)[None] / 127.5 - 1 for each in (one, other))
        return float(net(*pair))

    return distance
