"""The map of the land around a position, in polar coordinates, and how it changes with a walk.

A map is a float tensor (CHANNELS, COLUMNS, BINS). Its columns are directions at equal angles,
clockwise from the zero direction; its bins are distances at equal ratios, from NEAR to FAR. Lengths
are in meters. A position (x, y) has its x along the zero direction and its y to the left.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional

# The channels of a map.
RISE = 0  # height of the ground or the water minus that of the ground at the origin, over distance
ALTITUDE = 1  # a squashed height above the water, see `squash`
TREE = 2  # height of trees above the ground, over TREE_HEIGHT
STONE = 3  # height of buildings above the ground, over STONE_HEIGHT
COVER = 4  # 1 on a path, 0 on a meadow, -1 on heath
CHANNELS = 5

COLUMNS, BINS = 512, 64
NEAR, FAR = 1.5, 260.0
RATIO = math.log(FAR / NEAR) / (BINS - 1)  # of two neighboring distances, as a logarithm
COLUMN = 2 * math.pi / COLUMNS  # radians
TREE_HEIGHT, STONE_HEIGHT = 8.0, 16.0
LOWEST = torch.tensor([-1.5, -1.0, 0.0, 0.0, -1.0])[:, None, None]  # of each channel
HIGHEST = torch.tensor([1.5, 1.45, 1.0, 1.0, 1.0])[:, None, None]

DISTANCES = NEAR * torch.exp(RATIO * torch.arange(BINS))
ANGLES = -(torch.arange(COLUMNS) + 0.5) * COLUMN


def squash(height: Tensor) -> Tensor:
    """Map heights above the water in meters to the channel ALTITUDE; 20 m become 1."""
    return height.sign() * (height.abs() + 1).log() / math.log(21)


def wrap(maps: Tensor) -> Tensor:
    """Return maps (..., COLUMNS, BINS) with the first and last columns repeated around the ring."""
    return torch.cat([maps[..., -2:, :], maps, maps[..., :3, :]], -2)


def sample(wrapped: Tensor, x: Tensor, y: Tensor, mode: str = "bilinear") -> tuple[Tensor, Tensor]:
    """Return the values of wrapped maps (batch, channels, ...) at positions (batch, n, m).

    The result is (batch, channels, n, m) and the positions' distances from the origin. Positions
    nearer than NEAR or farther than FAR get the nearest value in their direction.
    """
    distance = torch.hypot(x, y).clamp_min(1e-4)
    column = (-torch.atan2(y, x) / COLUMN - 0.5) % COLUMNS
    bins = (distance.log() - math.log(NEAR)) / RATIO
    across = 2 * bins / (BINS - 1) - 1
    down = 2 * (column + 2) / (wrapped.shape[2] - 1) - 1
    grid = torch.stack([across.clamp(-1, 1), down], -1)
    return functional.grid_sample(wrapped, grid, mode, "border", align_corners=True), distance


def ground_at(maps: Tensor, x: Tensor, y: Tensor) -> Tensor:
    """Return the rise of the ground in meters (batch,) from the origin to near positions."""
    values, distance = sample(wrap(maps[:, RISE : RISE + 1]), x[:, None, None], y[:, None, None])
    return values[:, 0, 0, 0] * distance[:, 0, 0]


def moved(maps: Tensor, move: Tensor) -> Tensor:
    """Return maps (batch, CHANNELS, COLUMNS, BINS) as seen from `move` (batch, 2) meters away."""
    x = move[:, :1, None] + ANGLES.to(maps.device).cos()[:, None] * DISTANCES.to(maps.device)
    y = move[:, 1:, None] + ANGLES.to(maps.device).sin()[:, None] * DISTANCES.to(maps.device)
    values, distance = sample(wrap(maps), x, y, "bicubic")
    here = ground_at(maps, move[:, 0], move[:, 1])[:, None, None]
    rise = (values[:, RISE] * distance - here) / DISTANCES.to(maps.device)
    result = torch.cat([rise[:, None], values[:, RISE + 1 :]], 1)
    return result.clamp(LOWEST.to(maps.device), HIGHEST.to(maps.device))


STEEPEST = 0.8  # rise over distance that stops a walker
DEEPEST = -0.17  # the ALTITUDE of 0.7 m of water, which stops a walker
_TURNS = torch.tensor([0.0, 0.45, -0.45, 0.9, -0.9, 1.3, -1.3])  # where a stopped walker slides
_FELT = DISTANCES[:20]  # up to 7 m ahead: where a walker looks for buildings
_TREES = 16  # the first of these, up to 5 m: where a walker looks for trees
_STEP = 4  # up to 2 m: where a walker looks for steep ground and deep water


def allowed(
    land: Tensor, here: tuple[float, float], move: tuple[float, float]
) -> tuple[float, float]:
    """Return the move of a walker who wants to move by `move` meters from `here` on a map.

    Steep ground, deep water, trees and buildings stop a walker, who then slides along them. They
    stop before a tree or a building fills the view.
    """
    wanted = math.hypot(*move)
    if not wanted:
        return 0.0, 0.0
    ways = math.atan2(move[1], move[0]) + _TURNS
    fan = (ways[:, None] + torch.tensor([-0.2, 0.0, 0.2])).flatten()[:, None]
    x, y = here[0] + fan.cos() * _FELT, here[1] + fan.sin() * _FELT
    values, distance = sample(wrap(land[None]), x[None], y[None])
    rise = values[0, RISE] * distance[0] - ground_at(land[None], *torch.tensor(here)[:, None])
    stops = (rise / _FELT > STEEPEST) | (values[0, ALTITUDE] < DEEPEST)
    stops[:, _STEP:] = False
    stops[:, :_TREES] |= TREE_HEIGHT * values[0, TREE, :, :_TREES] > 0.6
    stops |= STONE_HEIGHT * values[0, STONE] > 0.6
    free = ~stops.view(len(_TURNS), -1).any(1)
    if not free.any():
        return 0.0, 0.0
    best = int(free.int().argmax())
    made, way = wanted * math.cos(float(_TURNS[best])), float(ways[best])
    return made * math.cos(way), made * math.sin(way)
