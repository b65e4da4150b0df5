"""LPIPS in `lucid eval`, with weights of AlexNet that are drawn at random.

`.ci/run` installs lpips for this test only: transformers behaves differently beside torchvision.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.nn import functional

from lucid.errors import WeightsError
from lucid.eval.perceptual import lpips_distance

FOUND = importlib.util.find_spec("lpips")
LAYERS = {0: (64, 3, 11), 3: (192, 64, 5), 6: (384, 192, 3), 8: (256, 384, 3), 10: (256, 256, 3)}
"""The convolutions of torchvision's AlexNet by their number: (to, from, size)."""

if FOUND is None:
    pytest.skip("lpips is not installed", allow_module_level=True)
if not hasattr(torch.ops.torchvision, "nms"):
    # torchvision asks for them on import, and PyPI's lacks them beside a CPU torch
    for name in ("nms", "qnms"):
        torch.library.define(f"torchvision::{name}", "(Tensor a, Tensor b, float c) -> Tensor")


def test_lpips_is_the_distance_that_its_paper_defines(tmp_path: Path) -> None:
    draw = torch.Generator().manual_seed(0)
    weights = {
        f"features.{number}.{name}": torch.randn(shape, generator=draw) / scale
        for number, (to, came, size) in LAYERS.items()
        for name, shape, scale in (
            ("weight", (to, came, size, size), size * came**0.5),
            ("bias", (to,), 10),
        )
    }
    path = tmp_path / "alexnet.pth"
    torch.save(weights, path)
    distance = lpips_distance(path)
    rng = np.random.default_rng(0)
    one = rng.integers(0, 256, (64, 80, 3), np.uint8)
    noise = rng.normal(0, 1, one.shape)
    others = [(one + noise * spread).clip(0, 255).astype(np.uint8) for spread in (5, 20, 80)]
    assert distance(one, one) == 0
    found = [distance(one, other) for other in others]
    assert found == sorted(found)
    assert found[0] > 0
    assert found == pytest.approx([reference(weights, one, other) for other in others], rel=1e-4)
    torch.save({"features.0.weight": weights["features.0.weight"]}, path)
    with pytest.raises(WeightsError, match=r"does not hold the weights of torchvision's AlexNet"):
        lpips_distance(path)


def reference(weights: dict[str, torch.Tensor], one: np.ndarray, other: np.ndarray) -> float:
    """Return the weighted mean square of the differences of the unit features."""
    assert FOUND is not None
    assert FOUND.origin is not None
    path = Path(FOUND.origin).parent / "weights/v0.1/alex.pth"
    learned = torch.load(path, map_location="cpu", weights_only=True)
    pairs = zip(features(weights, one), features(weights, other), strict=True)
    return sum(
        float(
            (((a - b) ** 2).mean((2, 3)) * learned[f"lin{layer}.model.1.weight"][..., 0, 0]).sum()
        )
        for layer, (a, b) in enumerate(pairs)
    )


def features(weights: dict[str, torch.Tensor], frame: np.ndarray) -> list[torch.Tensor]:
    """Return AlexNet's features after each ReLU, with a norm of 1 at each place."""
    mean, spread = torch.tensor([[-0.030, -0.088, -0.188], [0.458, 0.448, 0.450]])
    at = ((torch.from_numpy(frame) / 127.5 - 1 - mean) / spread).permute(2, 0, 1)[None]
    found = []
    for number, (_, _, size) in LAYERS.items():
        if number in (3, 6):
            at = functional.max_pool2d(at, 3, 2)
        weight, bias = (weights[f"features.{number}.{name}"] for name in ("weight", "bias"))
        stride, padding = (4, 2) if number == 0 else (1, size // 2)
        at = functional.relu(functional.conv2d(at, weight, bias, stride, padding))
        found.append(at / (at.norm(dim=1, keepdim=True) + 1e-10))
    return found
