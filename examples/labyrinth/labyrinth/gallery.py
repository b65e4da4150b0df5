"""Draw the seed frames of the gallery: `python -m labyrinth.gallery`."""

from __future__ import annotations

import numpy as np
from PIL import Image

from labyrinth.engine import GALLERY
from labyrinth.looks import LOOK_NAMES
from labyrinth.world import Walkers

PLACES = 400  # number of candidates
FIRST_SEED = 2_000_000


def main() -> None:
    """Draw two places per look: the one with the longest corridor, and the most detailed one."""
    walkers = Walkers.spawn(list(range(FIRST_SEED, FIRST_SEED + PLACES)))
    ways = np.tile(np.arange(32, dtype=np.float32) * (np.pi / 16), (PLACES, 1))
    far = walkers.ahead(ways)
    ahead = far.max(1)
    walkers.poses[:, 2] += ways[0, far.argmax(1)] + 0.12
    frames = walkers.picture(384, 288)
    rows, columns = (np.abs(np.diff(frames.astype(np.int16), axis=axis)) for axis in (1, 2))
    detail = rows.mean((1, 2, 3)) + columns.mean((1, 2, 3))
    GALLERY.mkdir(exist_ok=True)
    for index, name in enumerate(LOOK_NAMES):
        mine = np.flatnonzero((walkers.looks == index) & (ahead > 2.5))
        by_detail = mine[np.argsort(detail[mine])]
        corridor = mine[np.argmax(ahead[mine])]
        hall = next(n for n in by_detail[::-1] if n != corridor)
        for place, chosen in (("corridor", corridor), ("hall", hall)):
            Image.fromarray(frames[chosen]).save(GALLERY / f"{name}-{place}.png", optimize=True)


if __name__ == "__main__":
    main()
