"""The training data: maps along short walks, drawn by the teacher into a folder."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from rich.progress import track

from landscape.polar import ALTITUDE, DEEPEST, RISE, STONE, TREE
from landscape.teacher import survey

HELD_OUT = 1_000_000  # seeds from here on are only for evaluation
WALK, OLDER = 10, 2  # maps along a walk, and maps of places near it
STRIDES = 5.0, 9.0  # meters from one map to the next
EACH = 20  # walks per file


def start(seed: int, rng: np.random.Generator) -> tuple[float, float]:
    """Return a random place on open ground in a seed's country."""
    while True:
        x, y = rng.uniform(-2000, 2000, 2)
        land = survey(x, y, seed)
        near = land[:, :, :12]
        if near[[TREE, STONE]].max() < 0.06 and near[ALTITUDE].min() > 0 and near[RISE].max() < 0.6:
            return float(x), float(y)


def walk(seed: int) -> tuple[NDArray[np.float16], NDArray[np.float32]]:
    """Return maps (WALK + OLDER, CHANNELS, COLUMNS, BINS) of a walk and their positions."""
    rng = np.random.default_rng([seed, 7])
    x, y = start(seed, rng)
    heading = rng.uniform(0, 2 * math.pi)
    maps, places = [survey(x, y, seed)], [(x, y)]
    while len(maps) < WALK:
        way, stride = heading + rng.normal(0, 0.25), rng.uniform(*STRIDES)
        there = x + stride * math.cos(way), y + stride * math.sin(way)
        land = survey(*there, seed)
        if land[[TREE, STONE], :, :3].max() > 0.1 or land[ALTITUDE, :, :3].min() < DEEPEST:
            heading += rng.uniform(0.5, 1.5)
            continue
        x, y = there
        heading = way
        maps.append(land)
        places.append(there)
    for _ in range(OLDER):
        far, way = rng.uniform(0.5, 7), rng.uniform(0, 2 * math.pi)
        x, y = places[int(rng.integers(WALK))]
        x, y = x + far * math.cos(way), y + far * math.sin(way)
        maps.append(survey(x, y, seed))
        places.append((x, y))
    return np.stack(maps).astype(np.float16), np.array(places, np.float32)


def draw_all(folder: Path, first: int, count: int) -> None:
    """Draw walks in the countries of seeds from `first` on, EACH per file, unless they exist."""
    folder.mkdir(parents=True, exist_ok=True)
    for n in track(range(first, first + count, EACH), "drawing the land"):
        path = folder / f"walks-{n}.npz"
        if not path.exists():
            parts = [walk(seed) for seed in range(n, min(n + EACH, first + count))]
            maps, places = (np.stack(part) for part in zip(*parts, strict=True))
            np.savez(path.with_suffix(".part.npz"), maps=maps, places=places - places[:, :1])
            path.with_suffix(".part.npz").replace(path)


def read_all(folder: Path) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    """Yield the maps and positions of each file."""
    for path in sorted(folder.glob("walks-*.npz")):
        if ".part" not in path.name:
            with np.load(path) as stored:
                yield torch.from_numpy(stored["maps"]), torch.from_numpy(stored["places"])
