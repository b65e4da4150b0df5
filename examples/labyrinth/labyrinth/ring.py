"""Rings, the panoramas that the model generates, and the pictures that a player sees of them.

A ring is the whole view from one position: (3, 96, 512). Its columns are at equal angles, clockwise
from the ring's zero direction, and its rows at equal slopes. A ring does not turn with the player,
so a turn only selects other columns. The networks process TOKEN columns as one token.
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
FOCAL = 0.68  # focal length relative to the width of a picture: 72.6 degrees of view
REACH = 3 / 8 / FOCAL  # slope at the top of a picture and of a ring
VIEW = 34  # tokens to decode for a picture, including a margin on both sides
SHOWN = slice(12, 124)  # the columns of these tokens that any picture can show


def directions(device: torch.device | None = None) -> tuple[Tensor, Tensor]:
    """Return unit vectors (TOKENS, 2) from the center to each token, and those to its right.

    The first component is along the ring's zero direction, the second to the left of it.
    """
    angle = -(torch.arange(TOKENS, device=device) + 0.5) * TOKEN * COLUMN
    ahead = torch.stack([angle.cos(), angle.sin()], 1)
    return ahead, torch.stack([ahead[:, 1], -ahead[:, 0]], 1)


def local(vector: Tensor) -> Tensor:
    """Return vectors (batch, 2) relative to each token: (batch, 2, TOKENS), ahead and right."""
    return torch.stack([vector @ to.T for to in directions(vector.device)], 1)


def tokens_in_view(heading: float) -> tuple[Tensor, float]:
    """Return the VIEW tokens around a heading, left to right, and the column of the heading.

    heading: radians, counter-clockwise. The column counts from the left edge of the first token.
    """
    column = -heading / COLUMN
    first = math.floor(column / TOKEN + 0.5) - VIEW // 2
    return torch.arange(first, first + VIEW) % TOKENS, column - first * TOKEN


def picture(strip: Tensor, middle: float, width: int, height: int) -> Tensor:
    """Return the picture of a pinhole camera, (batch, 3, height, width).

    strip: columns of a ring, (batch, 3, 96, columns). middle: the column at the center.
    """
    slopes_x = (torch.arange(width) + 0.5 - width / 2) / (FOCAL * width)
    slopes_y = (torch.arange(height) + 0.5 - height / 2) / (FOCAL * width)
    column = middle + slopes_x.atan() / COLUMN
    row = slopes_y[:, None] / (1 + slopes_x.square()).sqrt() / REACH
    across = (2 * column / strip.shape[-1] - 1).expand(height, width)
    grid = torch.stack([across, row], -1).expand(len(strip), -1, -1, -1)
    return functional.grid_sample(strip, grid, "bicubic", "border", align_corners=False)


def strip(pictures: Tensor, columns: int) -> Tensor:
    """Project pictures (batch, 3, height, width) onto a ring, (batch, 3, 96, columns).

    The camera points at the middle column. The pictures must be wide enough for all columns.
    """
    height, width = pictures.shape[-2:]
    angle = (torch.arange(columns) + 0.5 - columns / 2) * COLUMN
    slope = (torch.arange(ROWS) + 0.5 - ROWS / 2) * (2 * REACH / ROWS)
    across = (angle.tan() * 2 * FOCAL).expand(ROWS, columns)
    down = slope[:, None] / angle.cos() * (2 * FOCAL * width / height)
    grid = torch.stack([across, down], -1).expand(len(pictures), -1, -1, -1)
    return functional.grid_sample(pictures, grid, "bilinear", "border", align_corners=False)
