"""Draw the start pictures that ship with Lucid: ``python .ci/starts FOLDER [NAME...]``.

The project made them, and gives them away under CC0. All of them take about an hour on two cores.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import blocks
import scenes
from march import render
from PIL import Image


def _scene(scene: Callable[[], scenes.Scene], width: int, height: int) -> Image.Image:
    return render(*scene(), width=width, height=height)


_OUTDOORS = (
    scenes.alpine_lake, scenes.autumn_valley, scenes.meadow_tower, scenes.sea_cliffs, scenes.dunes,
    scenes.snow_moon, scenes.street, scenes.arcade, scenes.room, scenes.hall,
)  # fmt: skip
PICTURES: dict[str, Callable[[], Image.Image]] = {
    **{f"places/{each.__name__}": partial(_scene, each, 1024, 576) for each in _OUTDOORS},
    **{
        f"tables/table_{seed}": partial(_scene, partial(scenes.robot_table, seed), 640, 480)
        for seed in range(1, 7)
    },
    **{f"blocks/{name}": partial(blocks.render, *world) for name, world in blocks.WORLDS.items()},
}


def main(folder: Path, names: list[str]) -> None:
    for name in names or PICTURES:
        path = folder / f"{name}.webp"
        path.parent.mkdir(parents=True, exist_ok=True)
        PICTURES[name]().save(path, "WEBP", quality=84, method=6)
        print(f"{path}: {path.stat().st_size / 1000:.0f} kB", flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
