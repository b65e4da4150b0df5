"""The training data: rings that the raycaster draws once, on all cores, into a cache."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from rich.progress import track
from torch import Tensor

from labyrinth.looks import LOOK_NAMES
from labyrinth.world import Walkers, Wanderers, episodes

HELD_OUT = 1_000_000  # maze seeds from here on are only for evaluation
BLOCK = 32  # mazes per call
Arrays = tuple[NDArray[Any], ...]


def pixels(rings: NDArray[np.uint8] | Tensor) -> Tensor:
    """Convert uint8 rings or pictures (..., height, width, 3) to network inputs.

    The result is float (..., 3, height, width) in [-1, 1].
    """
    return torch.as_tensor(rings).movedim(-1, -3).float() / 127.5 - 1


def pairs(seeds: list[int], places: int) -> Arrays:
    """Draw places in each seed's maze, each in two looks.

    Return rings (seeds * places, 2, 96, 512, 3) and their looks (seeds * places, 2).
    """
    walkers = Walkers.spawn(seeds)
    feet = Wanderers(walkers, seeds[0])
    rng = np.random.default_rng([seeds[0], 4])
    rings, looks = [], []
    for _ in range(places):
        for _ in range(12):
            walkers.step(feet.moves())
        two = rng.integers(len(LOOK_NAMES), size=(len(seeds), 2))
        rings.append(np.stack([walkers.draw(look) for look in two.T], 1))
        looks.append(two)
    return np.concatenate(rings), np.concatenate(looks)


def plays(seeds: list[int], frames: int) -> Arrays:
    """Draw an episode in each seed's maze.

    Return rings (seeds, frames, 96, 512, 3), the requested moves before each and the actual moves
    (seeds, frames, 2), and the looks (seeds,).
    """
    parts = [np.stack(part, 1) for part in zip(*episodes(seeds, frames), strict=True)]
    return *parts, Walkers.spawn(seeds).looks


def drawn(
    draw: Callable[[list[int], int], Arrays],
    first: int,
    mazes: int,
    each: int,
    cache: Path,
    keep: Callable[[Arrays], Arrays] = lambda arrays: arrays,
) -> Arrays:
    """Return the result of `draw` for mazes from seed `first` on, from `cache` if it is there.

    keep: converts each block before it is stored; it runs in this process.
    """
    path = cache / f"{draw.__name__}-{first}-{mazes}-{each}.npz"
    if not path.exists():
        cache.mkdir(parents=True, exist_ok=True)
        seeds = range(first, first + mazes)
        blocks = [list(seeds[n : n + BLOCK]) for n in range(0, mazes, BLOCK)]
        with ProcessPoolExecutor() as workers:
            work = workers.map(draw, blocks, [each] * len(blocks))
            parts = [keep(p) for p in track(work, f"drawing {draw.__name__}", len(blocks))]
        np.savez(path, *(np.concatenate(part) for part in zip(*parts, strict=True)))
    with np.load(path) as stored:
        return tuple(stored[key] for key in stored.files)
