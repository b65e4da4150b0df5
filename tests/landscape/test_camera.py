"""The camera and the looks: what hides what, and how words and pictures change the colors."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from landscape.camera import SUN, Camera, draw, sky, surface
from landscape.looks import LOOK_NAMES, LOOKS, SIZE, find_look, of_picture
from landscape.polar import ALTITUDE, ANGLES, BINS, COLUMNS, DISTANCES, RISE, STONE

ALPINE = LOOKS["alpine"][1]


def meadow() -> torch.Tensor:
    land = torch.zeros(5, COLUMNS, BINS)
    land[ALTITUDE] = 0.4
    return land


def view(
    land: torch.Tensor,
    look: torch.Tensor = ALPINE,
    heading: float = 0,
    x: float = 0,
    pitch: float = 0,
) -> np.ndarray:
    camera = Camera(x=x, heading=heading, pitch=pitch)
    return draw(surface(land, look), sky(look), look, camera, 96, 54, 1).numpy().astype(int)


def green(picture: np.ndarray) -> np.ndarray:
    return np.asarray(picture[..., 1] > picture[..., 2] + 15)


def test_level_ground_ends_at_the_horizon_and_a_glance_up_shows_more_sky() -> None:
    shown, up = view(meadow(), heading=2.0), view(meadow(), heading=2.0, pitch=0.2)
    assert not green(shown)[:25].any()
    assert green(shown)[35:].all()
    assert green(up).sum() < 0.7 * green(shown).sum()


def test_a_tower_hides_what_is_behind_it_and_is_higher_from_near() -> None:
    land = meadow()
    far = meadow()
    far[RISE] = torch.where(DISTANCES > 60, 0.05, 0.0)
    ahead = (ANGLES.cos() > math.cos(0.1))[:, None] & ((DISTANCES - 20).abs() < 2)
    land[STONE], far[STONE] = ahead * 0.8, ahead * 0.8
    middle = slice(44, 52)
    assert np.array_equal(view(land)[20:28, middle], view(far)[20:28, middle])
    plain = view(meadow())
    tall = [(np.abs(view(land, x=x) - plain)[:, 48].sum(1) > 30).sum() for x in (0.0, 6.0)]
    assert tall[1] > tall[0] > 8


def test_the_sun_stands_in_one_direction() -> None:
    bright = [view(meadow(), heading=SUN + turn)[:25].mean() for turn in (0, math.pi)]
    assert bright[0] > bright[1] + 5


def test_looks_differ_at_a_glance() -> None:
    colors = [view(meadow(), numbers, heading=1.2).mean((0, 1)) for _, numbers in LOOKS.values()]
    apart = [math.dist(a, b) for n, a in enumerate(colors) for b in colors[:n]]
    assert len(LOOKS) >= 8
    assert min(apart) > 12


@pytest.mark.parametrize(
    ("prompt", "names"),
    [
        ("Snow at dusk", ["snow", "dusk"]),
        ("NEON", ["neon"]),
        ("cherry trees by the sea", ["blossom"]),
        ("a starry desert night", ["dunes", "moonlight", "moonlight"]),
    ],
)
def test_words_blend_looks(prompt: str, names: list[str]) -> None:
    found = find_look(prompt)
    assert found is not None
    assert torch.allclose(found, torch.stack([LOOKS[name][1] for name in names]).mean(0))


@pytest.mark.parametrize("prompt", ["", "a spaceship", "снег", "夜", "🌙", "snowy1"])
def test_unknown_words_find_none(prompt: str) -> None:
    assert find_look(prompt) is None


@pytest.mark.parametrize("shape", [(1, 1), (1, 300), (300, 1), (360, 640)])
def test_any_picture_gives_a_look(shape: tuple[int, int]) -> None:
    pictures = np.random.default_rng(0).integers(0, 256, (*shape, 3), np.uint8)
    for picture in (pictures, np.zeros_like(pictures), np.full_like(pictures, 255)):
        look = of_picture(picture)
        assert look.shape == (SIZE,)
        assert torch.isfinite(look).all()


def test_a_picture_gives_its_colors_to_the_world() -> None:
    picture = np.zeros((90, 160, 3), np.uint8)
    picture[:45], picture[45:] = (240, 120, 40), (30, 60, 160)
    shown = view(meadow(), of_picture(picture), heading=2.0)
    assert shown[5, :, 0].mean() > shown[5, :, 2].mean() + 60
    assert shown[45, :, 2].mean() > shown[45, :, 0].mean() + 40
    nearest = of_picture(view(meadow(), LOOKS["moonlight"][1], heading=2.0).astype(np.uint8))
    assert torch.equal(nearest[-9:], LOOKS["moonlight"][1][-9:])
    assert "moonlight" in LOOK_NAMES
