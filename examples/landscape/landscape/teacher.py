"""The teacher: an endless country, the same for the same seed, measured around any position.

Lengths are in meters. The network learns from these maps (polar.py); playing never runs this file.
Details that are smaller than the bins of a map fade out with the distance.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from landscape.polar import (
    ANGLES,
    DISTANCES,
    HIGHEST,
    LOWEST,
    RATIO,
    STONE_HEIGHT,
    TREE_HEIGHT,
)

Floats = NDArray[Any]  # of float32
TREES, SIGHTS = 7.5, 75.0  # meters between trees of a forest, and between buildings
TREES_SEEN = 66.0  # meters: farther woods are drawn as a whole
_X, _Y = ((f(ANGLES)[:, None] * DISTANCES).numpy() for f in (torch.cos, torch.sin))
_DISTANCES = DISTANCES.numpy()
_SPACING = np.asarray(DISTANCES * RATIO, np.float32)


def _hash(x: NDArray[Any], y: NDArray[Any], seed: int) -> Floats:
    """Return a random number from 0 to 1 for each pair of integers."""
    n = x.astype(np.int32).view(np.uint32) * np.uint32(374761393)
    n ^= y.astype(np.int32).view(np.uint32) * np.uint32(668265263)
    n += np.uint32(seed * 2246822519 & 0xFFFFFFFF)
    for shift in (15, 13):
        n = (n ^ (n >> np.uint32(shift))) * np.uint32(2654435769)
    n ^= n >> np.uint32(16)
    return (n >> np.uint32(8)).astype(np.float32) / np.float32(1 << 24)


def noise(x: Floats, y: Floats, size: float, seed: int) -> Floats:
    """Return smooth noise from 0 to 1 whose hills are about `size` meters apart."""
    turn = seed * 2.4  # so that no two grids are parallel
    u = (x * math.cos(turn) - y * math.sin(turn)) / np.float32(size)
    v = (x * math.sin(turn) + y * math.cos(turn)) / np.float32(size)
    i, j = np.floor(u), np.floor(v)
    u, v = u - i, v - j
    a, b, c, d = (_hash(i + p, j + q, seed) for p, q in ((0, 0), (1, 0), (0, 1), (1, 1)))
    u, v = (t * t * t * (t * (t * 6 - 15) + 10) for t in (u, v))
    result: Floats = a + (b - a) * u + (c - a) * v + (a - b - c + d) * u * v
    return result


def _smooth(x: Floats, low: float, high: float) -> Floats:
    t = np.clip((x - low) / (high - low), 0, 1)
    result: Floats = t * t * (3 - 2 * t)
    return result


def ground(x: Floats, y: Floats, seed: int, spacing: Floats | float = 0.0) -> Floats:
    """Return the height of the ground above the water; details below the spacing fade out."""

    def wave(size: float, number: int) -> Floats:
        keep = np.clip(2 - 5 * np.asarray(spacing) / size, 0, 1)
        return keep * (noise(x, y, size, 16 * seed + number) - 0.5)

    soft = 0.1 + 0.004 * np.asarray(spacing)
    ridge = 1 + soft - np.sqrt(np.square(2.4 * wave(115, 1)) + np.square(soft))
    mountains = _smooth(wave(240, 2) + 0.2 * wave(90, 3), 0.02, 0.42)
    hills = 12 * wave(78, 4) + 4.4 * wave(31, 5) + 0.6 * wave(10, 6)
    height: Floats = (
        np.float32(2.2) + hills * (1 + mountains) + 70 * mountains * (0.2 + 0.8 * ridge**2)
    )
    return height


def _growth(x: Floats, y: Floats, g: Floats, seed: int) -> Floats:
    """Return how dense the woods are, from 0 to 1."""
    wood = _smooth(noise(x, y, 66, 16 * seed + 10), 0.52, 0.7)
    way = np.abs(noise(x, y, 82, 16 * seed + 8) - 0.5)
    dense: Floats = wood * _smooth(g, 0.5, 1.3) * (1 - _smooth(g, 12, 18))
    return dense * _smooth(way, 0.025, 0.05)


class _Things:
    """The trees and buildings around a walker, one for each cell of a grid."""

    def __init__(self, x: float, y: float, size: float, reach: float, seed: int) -> None:
        self.size, self.first = size, np.floor((np.array([x, y]) - reach) / size) - 1
        n = np.arange(math.ceil(2 * reach / size) + 4)
        i, j = np.meshgrid(self.first[0] + n, self.first[1] + n, indexing="ij")
        self.x, self.y = (
            ((k + 0.2 + 0.6 * _hash(i, j, seed + m)) * size).astype(np.float32)
            for m, k in ((1, i), (2, j))
        )
        self.big, self.chance, self.kind = (_hash(i, j, seed + m) for m in (3, 4, 5))
        self.ground = ground(self.x, self.y, seed // 1000)

    def near(self, x: Floats, y: Floats) -> Any:
        """Yield the cells (indices) around each position."""
        i, j = (
            np.floor(a / self.size).astype(np.int64) - int(b)
            for a, b in zip((x, y), self.first, strict=True)
        )
        for p in (-1, 0, 1):
            for q in (-1, 0, 1):
                yield i + p, j + q


def _trees(
    x: Floats, y: Floats, rays: tuple[Floats, Floats, Floats], here: tuple[float, float], seed: int
) -> Floats:
    """Return the height of trees. They are widened along the rays to the bins' spacing."""
    ux, uy, spacing = rays
    grove = _Things(*here, TREES, TREES_SEEN, 1000 * seed + 30)
    wood = _growth(grove.x, grove.y, grove.ground, seed)
    alone = 0.035 * ((grove.ground > 0.8) & (grove.ground < 15))
    height = np.where(grove.chance < alone + 0.8 * wood, 3.8 + 3.4 * grove.big, 0)
    radius = (1.5 + 0.9 * grove.big).astype(np.float32)
    height = height.astype(np.float32)
    best = np.zeros_like(x)
    for cell in grove.near(x, y):
        px, py, r = grove.x[cell] - x, grove.y[cell] - y, radius[cell]
        along, across = px * ux + py * uy, px * uy - py * ux
        far = np.square(along / np.maximum(r, 0.55 * spacing)) + np.square(across / r)
        best = np.maximum(best, height[cell] * np.clip(1 - far, 0, 1) ** np.float32(0.75))
    return best


def _buildings(
    x: Floats, y: Floats, rays: tuple[Floats, Floats, Floats], here: tuple[float, float], seed: int
) -> Floats:
    """Return the height of towers, castles and stone circles."""
    sights = _Things(*here, SIGHTS, float(DISTANCES[-1]), 1000 * seed + 40)
    stands = (sights.chance < 0.85) & (sights.ground > 0.8) & (sights.ground < 24)
    best = np.zeros(x.size, np.float32)
    for cell in sights.near(x, y):
        dx, dy = sights.x[cell] - x, sights.y[cell] - y
        near = np.flatnonzero(stands[cell] & (np.hypot(dx, dy) < 13 + rays[2]))
        if not len(near):
            continue
        dx, dy, ux, uy, gap = (np.broadcast_to(a, x.shape).ravel()[near] for a in (dx, dy, *rays))
        kind = sights.kind[cell].ravel()[near]

        def pillar(px: Floats, py: Floats, radius: float, height: float) -> Floats:
            along, across = px * ux + py * uy, px * uy - py * ux  # noqa: B023
            wide = np.maximum(radius, 0.55 * gap)  # noqa: B023
            far = np.square(along / wide) + np.square(across / radius)
            return height * _smooth(1.2 - far, 0, 0.4)

        turn = np.arctan2(dy, dx)
        corner = np.floor(turn / (np.pi / 2)) * (np.pi / 2) + np.pi / 4
        eighth = np.round(turn / (np.pi / 4)) * (np.pi / 4)
        castle = np.maximum(
            pillar(dx - 6.5 * np.cos(corner), dy - 6.5 * np.sin(corner), 1.7, 8.5),
            pillar(dx, dy, 2.8, 13.0),
        )
        stones = pillar(dx - 7 * np.cos(eighth), dy - 7 * np.sin(eighth), 1.0, 4.2)
        tower = pillar(dx, dy, 2.2, 15.0)
        found = np.where(kind < 0.4, tower, np.where(kind < 0.7, castle, stones))
        best[near] = np.maximum(best[near], found)
    return best.reshape(x.shape)


def survey(x: float, y: float, seed: int) -> Floats:
    """Return the map (CHANNELS, COLUMNS, BINS) around a position."""
    xs, ys = np.float32(x) + _X, np.float32(y) + _Y
    spacing = np.broadcast_to(_SPACING, xs.shape)
    rays = (_X / _DISTANCES, _Y / _DISTANCES, spacing)
    g = ground(xs, ys, seed, spacing)
    way = noise(xs, ys, 82, 16 * seed + 8) - 0.5
    path = np.exp(-np.square(way / (0.011 + 0.002 * spacing))) * np.clip(1.6 - spacing / 6, 0, 1)
    path = path * _smooth(g, 0.2, 0.8) * (1 - _smooth(g, 18, 24))
    heath = _smooth(noise(xs, ys, 37, 16 * seed + 9), 0.5, 0.75) * np.clip(2 - spacing / 6, 0, 1)
    # Single trees near, the mean of a wood far away.
    blend = np.clip((5.2 - spacing) / 2.6, 0, 1)
    near = int((_SPACING < 5.2).sum())
    single = np.zeros_like(xs)
    ux, uy, gaps = (ray[:, :near] for ray in rays)
    single[:, :near] = _trees(xs[:, :near], ys[:, :near], (ux, uy, gaps), (x, y), seed)
    trees = blend * single + (1 - blend) * 4.4 * _growth(xs, ys, g, seed)
    stones = _buildings(xs, ys, rays, (x, y), seed)
    trees = trees * (1 - _smooth(stones, 0, 0.5))
    here = max(float(ground(np.array([x], np.float32), np.array([y], np.float32), seed)[0]), 0.0)
    rise = (np.maximum(g, 0) - here) / _DISTANCES
    altitude = np.sign(g) * np.log1p(np.abs(g)) / math.log(21)
    parts = [rise, altitude, trees / TREE_HEIGHT, stones / STONE_HEIGHT, path - heath * (1 - path)]
    land: Floats = np.clip(np.stack(parts).astype(np.float32), LOWEST.numpy(), HIGHEST.numpy())
    return land
