"""The panorama the world is dreamt in, and the picture a player sees of it.

A ring is all that can be seen from one place: (3, 96, 512), its columns at equal angles, clockwise
from the ring's own zero, its rows at equal slopes. It does not turn with the player: a turn of the
head only chooses other columns. TOKEN columns together are what the networks take for one place
on the ring.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional

ROWS, COLUMNS = 96, 512
TOKEN = 4  # columns
TOKENS = COLUMNS // TOKEN
COLUMN = 2 * math.pi / COLUMNS  # radians
FOCAL = 0.68  # focal length of a picture over its width: 72.6 degrees across
REACH = 3 / 8 / FOCAL  # slope of a picture's upper border, and of the ring's
VIEW = 34  # tokens that a picture is drawn from: what it shows, and what lies beside that
SHOWN = slice(12, 124)  # columns of these that a picture is cut from, wherever it points


def directions(device: torch.device | None = None) -> tuple[Tensor, Tensor]:
    """Return the unit vectors (TOKENS, 2) from the middle to each token, and to the right of it.

    Their first part lies along the ring's zero, the second to the left of that.
    """
    angle = -(torch.arange(TOKENS, device=device) + 0.5) * TOKEN * COLUMN
    ahead = torch.stack([angle.cos(), angle.sin()], 1)
    return ahead, torch.stack([ahead[:, 1], -ahead[:, 0]], 1)


def local(vector: Tensor) -> Tensor:
    """Return vectors (batch, 2) as each token has them: (batch, 2, TOKENS), ahead and rightward."""
    return torch.stack([vector @ to.T for to in directions(vector.device)], 1)


def tokens_in_view(heading: float) -> tuple[Tensor, float]:
    """Return the VIEW tokens around a heading, left to right, and where in them it points.

    heading: radians, counter-clockwise. The second is in columns from the first token's left edge.
    """
    column = -heading / COLUMN
    first = math.floor(column / TOKEN + 0.5) - VIEW // 2
    return torch.arange(first, first + VIEW) % TOKENS, column - first * TOKEN


def picture(strip: Tensor, middle: float, width: int, height: int) -> Tensor:
    """Return what a pinhole camera sees: (batch, 3, height, width), straight lines straight.

    strip: (batch, 3, 96, columns) of a ring; middle: the column that the camera points at.
    """
    slopes_x = (torch.arange(width) + 0.5 - width / 2) / (FOCAL * width)
    slopes_y = (torch.arange(height) + 0.5 - height / 2) / (FOCAL * width)
    column = middle + slopes_x.atan() / COLUMN
    row = slopes_y[:, None] / (1 + slopes_x.square()).sqrt() / REACH
    across = (2 * column / strip.shape[-1] - 1).expand(height, width)
    grid = torch.stack([across, row], -1).expand(len(strip), -1, -1, -1)
    return functional.grid_sample(strip, grid, "bicubic", "border", align_corners=False)


def strip(pictures: Tensor, columns: int) -> Tensor:
    """Return pictures (batch, 3, height, width) as a ring has them: (batch, 3, 96, columns).

    The camera points at the middle column; columns: few enough to lie in the picture.
    """
    height, width = pictures.shape[-2:]
    angle = (torch.arange(columns) + 0.5 - columns / 2) * COLUMN
    slope = (torch.arange(ROWS) + 0.5 - ROWS / 2) * (2 * REACH / ROWS)
    across = (angle.tan() * 2 * FOCAL).expand(ROWS, columns)
    down = slope[:, None] / angle.cos() * (2 * FOCAL * width / height)
    grid = torch.stack([across, down], -1).expand(len(pictures), -1, -1, -1)
    return functional.grid_sample(pictures, grid, "bilinear", "border", align_corners=False)
