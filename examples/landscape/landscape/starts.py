"""Draw the twelve starts of the gallery: `python -m landscape.starts`."""

from __future__ import annotations

import torch
from PIL import Image
from safetensors.torch import save_file

from landscape.camera import Camera, draw, sky, surface
from landscape.engine import GALLERY, STARTS
from landscape.looks import LOOKS
from landscape.teacher import survey

PLACES = {  # name, which begins with the look: seed of the country, place, heading
    "alpine-castle": (6024, -650.8, 520.9, 4.19),
    "alpine-tarn": (5016, 1949.2, -1003.7, 1.05),
    "autumn-lake": (6005, -1580.1, 1373.8, 5.76),
    "autumn-shore": (5021, 1736.5, -858.6, 2.62),
    "blossom-mountain": (6022, 757.2, -527.9, 0.52),
    "dunes-oasis": (6010, 593.6, -868.4, 3.67),
    "dusk-lake": (5017, 913.6, -1524.6, 1.05),
    "dusk-ruins": (6009, -439.3, 1371.4, 0.52),
    "moonlight-ruins": (6013, 1454.9, 169.3, 0.52),
    "neon-sun": (6031, 641.4, -1787.0, 0.0),
    "snow-peaks": (6035, 138.1, 960.0, 5.76),
    "snow-tower": (6003, 1342.2, 1066.9, 3.67),
}


def main() -> None:
    """Write the maps and headings of the starts, and a picture of each."""
    maps, headings = [], []
    GALLERY.mkdir(exist_ok=True)
    for name, (seed, x, y, heading) in sorted(PLACES.items()):
        look = LOOKS[name.split("-")[0]][1]
        land = torch.from_numpy(survey(x, y, seed))
        maps.append(land.half())
        headings.append(heading)
        camera = Camera(heading=heading)
        pixels = draw(surface(land, look), sky(look), look, camera, 640, 360)
        Image.fromarray(pixels.numpy()).save(GALLERY / f"{name}.png", optimize=True)
    save_file({"maps": torch.stack(maps), "headings": torch.tensor(headings)}, STARTS)


if __name__ == "__main__":
    main()
