"""The looks of the land: its colors and its light, as numbers that can be blended."""

from __future__ import annotations

import re

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

# The numbers of a look: colors as sRGB from 0 to 1, and single values.
COLORS = (
    "zenith", "horizon", "cloud", "sun", "haze", "grass", "heath", "path", "rock", "top", "water",
    "tree", "leaf", "stone",
)  # fmt: skip
VALUES = (
    "ambient",  # share of the light without a sun
    "sun_height",  # slope of the sun above the horizon
    "clouds",  # how much of the sky they cover
    "stars",
    "snow",  # height of the snow line, as the channel ALTITUDE of a map
    "clear",  # meters that one sees
    "cone",  # 0: round trees, 1: pointed trees
    "grid",  # how much of the neon grid is drawn on the ground
    "forest",  # scales the height of trees
)
SIZE = 3 * len(COLORS) + len(VALUES)


def _look(colors: str, *values: float) -> Tensor:
    numbers = [int(part, 16) / 255 for word in colors.split() for part in re.findall("..", word)]
    return torch.tensor([*numbers, *values], dtype=torch.float32)


LOOKS = {
    "alpine": (
        "mountain mountains morning green meadow meadows summer spring day sunny valley hills "
        "bright nature",
        _look(
            "3f7fd0 cfe4ee ffffff fff0cc bcd6ea 7fae52 a3b45c d9c498 8d8a86 f6f9fd 2f7f9e 2c5a3a "
            "5f9447 b9b2a6",
            0.5, 0.75, 0.45, 0, 0.86, 210, 0.9, 0, 1.0,
        ),
    ),
    "dusk": (
        "sunset evening twilight dawn sunrise golden orange warm afterglow",
        _look(
            "2f2a63 ff9a5c ff8f8a ffc070 e0786a 6d5a4a 8a5a52 d99a72 6a4a5a ffb9a0 7a4a78 3a2740 "
            "7a4450 8a6470",
            0.42, 0.1, 0.6, 0.15, 0.95, 190, 0.35, 0, 1.0,
        ),
    ),
    "dunes": (
        "desert sand sandy dune sahara hot dry egypt oasis savanna",
        _look(
            "3f8fcf fbe6bd fff6e0 fff0c0 f5dba8 e3b261 d99a50 f2d598 b9794a f2d9a0 1f9a9a 5f7a3a "
            "8aa04a c99a6a",
            0.5, 0.6, 0.15, 0, 1.3, 170, 0.1, 0, 0.75,
        ),
    ),
    "snow": (
        "winter snowy ice icy frozen frost cold arctic christmas white",
        _look(
            "7fa9d6 eef3f7 ffffff fff4e0 dfe9f2 e9f0f7 d5e2ee c5d3e2 8f9db0 ffffff 6fa3c4 56788a "
            "e4eef5 a9b4c4",
            0.55, 0.4, 0.6, 0, 0.3, 150, 1.0, 0, 1.0,
        ),
    ),
    "moonlight": (
        "night moon moonlit midnight stars starry dark blue",
        _look(
            "060a22 24406e 3a5686 dfeaff 22406c 1e3a4a 26425a 5a769a 34486a a9c4ee 1c4470 0e2030 "
            "1c3a46 4a5f86",
            0.5, 0.4, 0.35, 1.0, 0.88, 170, 0.7, 0, 1.0,
        ),
    ),
    "autumn": (
        "fall october november leaves foliage red brown harvest misty",
        _look(
            "6f95b8 f3e2c4 fff3e0 ffe2a8 e6d3b4 a8983f b98a3a d8bd8a 8a7a6a f4ead8 4f7a86 a8431f "
            "e79a2a a89a88",
            0.5, 0.4, 0.5, 0, 0.96, 160, 0.15, 0, 1.1,
        ),
    ),
    "blossom": (
        "cherry sakura pink flower flowers candy pastel romantic japan japanese rose",
        _look(
            "8fb4e8 ffdfe6 ffffff fff0e8 f7d6e0 9cc98a c9d98a f0dcc8 a99aa6 fff4f6 6fb4d0 e27aa4 "
            "ffc2d6 c9bcc4",
            0.55, 0.6, 0.5, 0, 0.92, 190, 0.0, 0, 1.0,
        ),
    ),
    "neon": (
        "cyber cyberpunk synthwave retrowave grid retro future purple glowing vaporwave tron",
        _look(
            "0a0420 ff3f9e 6a2a9a ffd24a 5a1a7a 160a34 1e0c44 2ad8e8 241050 ff5fd0 1a2a7a 0c3a5a "
            "18c8c0 7a2ac0",
            0.75, 0.16, 0.25, 0.5, 0.9, 200, 0.8, 1.0, 1.0,
        ),
    ),
}  # fmt: skip
LOOK_NAMES = tuple(LOOKS)


def color(look: Tensor, name: str) -> Tensor:
    """Return a color (3,) of a look."""
    n = 3 * COLORS.index(name)
    return look[n : n + 3]


def value(look: Tensor, name: str) -> float:
    """Return a single value of a look."""
    return float(look[3 * len(COLORS) + VALUES.index(name)])


def of_picture(picture: NDArray[np.uint8]) -> Tensor:
    """Return a look with the colors and the light of a picture (height, width, 3).

    The upper half gives the sky, the lower half the land; the rest is from the nearest look.
    """
    half = max(1, len(picture) // 2)
    pixels = torch.from_numpy(picture).float() / 255
    above, below = pixels[:half], pixels[-half:].flatten(0, 1)
    below = below[below.sum(1).argsort()]  # from dark to bright

    def shade(low: float, high: float) -> Tensor:
        first = int(low * (len(below) - 1))
        return below[first : max(first + 1, int(high * len(below)))].mean(0)

    bright = above.flatten(0, 1)
    bright = bright[bright.sum(1).argsort()][-max(1, len(bright) // 50) :].mean(0)
    horizon, white = above[-max(1, half // 4) :].mean((0, 1)), torch.ones(3)
    colors = {
        "zenith": above[: max(1, half // 3)].mean((0, 1)), "horizon": horizon, "haze": horizon,
        "cloud": torch.lerp(bright, white, 0.3), "sun": torch.lerp(bright, white, 0.5),
        "tree": shade(0, 0.2) * 0.9, "leaf": shade(0.15, 0.4), "grass": shade(0.35, 0.65),
        "heath": shade(0.6, 0.8), "path": shade(0.85, 1), "stone": shade(0.45, 0.9),
        "rock": shade(0.1, 0.5), "top": torch.lerp(shade(0.9, 1), white, 0.5),
        "water": torch.lerp(above.mean((0, 1)), shade(0, 0.3), 0.4),
    }  # fmt: skip

    def apart(look: Tensor) -> float:
        names = ("zenith", "horizon", "grass", "tree")
        return sum(float((color(look, name) - colors[name]).abs().sum()) for name in names)

    look = min((numbers for _, numbers in LOOKS.values()), key=apart).clone()
    look[: 3 * len(COLORS)] = torch.cat([colors[name] for name in COLORS])
    return look


def find_look(prompt: str) -> Tensor | None:
    """Return the mean of the looks that a prompt names, or None if it names none."""
    words = re.findall(r"\w+", prompt.lower())
    found = [
        numbers
        for name, (others, numbers) in LOOKS.items()
        for word in words
        if word == name or word in others.split()
    ]
    return torch.stack(found).mean(0) if found else None
