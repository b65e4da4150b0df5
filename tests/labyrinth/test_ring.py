"""The ring's geometry, against the teacher's."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from labyrinth.data import HELD_OUT, pixels
from labyrinth.measures import psnr, sharpness
from labyrinth.ring import (
    COLUMN,
    FOCAL,
    SHOWN,
    TOKEN,
    TOKENS,
    VIEW,
    directions,
    local,
    picture,
    strip,
    tokens_in_view,
)
from labyrinth.world import Walkers


def walkers() -> Walkers:
    return Walkers.spawn(list(range(HELD_OUT, HELD_OUT + 6)))


@pytest.mark.parametrize("heading", [0.0, 0.013, -1.2, math.pi, 7.0])
def test_a_picture_cut_from_the_ring_is_the_teachers(heading: float) -> None:
    here = walkers()
    tokens, middle = tokens_in_view(heading)
    columns = (tokens[:, None] * TOKEN + torch.arange(TOKEN)).flatten()
    cut = picture(pixels(here.draw())[..., columns], middle, 128, 96)
    here.poses[:, 2] += heading
    assert psnr(cut, pixels(here.picture(128, 96))).min() > 30


def test_a_picture_laid_on_the_ring_is_the_rings_part() -> None:
    here = walkers()
    part = strip(pixels(here.picture(512, 384)), 100)
    ring = pixels(here.draw()).roll(50, -1)[..., :100]
    assert psnr(part, ring).min() > 28


def test_a_view_has_its_heading_within_half_a_token_of_its_middle() -> None:
    for heading in np.linspace(-7, 7, 99):
        tokens, middle = tokens_in_view(float(heading))
        assert len(tokens) == VIEW
        assert ((tokens >= 0) & (tokens < TOKENS)).all()
        assert abs(middle - VIEW * TOKEN / 2) <= TOKEN / 2 + 1e-6
        half = math.atan(0.5 / FOCAL) / COLUMN + 2  # columns, with what bicubic sampling reads
        assert SHOWN.start <= middle - half
        assert middle + half <= SHOWN.stop
        pointed_at = (int(tokens[0]) * TOKEN + middle) * -COLUMN
        assert math.cos(pointed_at - heading) > 1 - 1e-9


def test_a_move_reaches_each_place_on_the_ring_as_ahead_and_rightward() -> None:
    ahead, right = directions()
    moves = torch.tensor([[0.3, -0.1]])
    parts = local(moves)[0]
    assert torch.allclose(parts[0, :, None] * ahead + parts[1, :, None] * right, moves, atol=1e-6)
    # Straight ahead lies between the ring's last token and its first.
    assert torch.allclose(ahead[0] + ahead[-1], torch.tensor([1.9988, 0.0]), atol=1e-3)
    assert right[0, 1] < 0


def test_sharpness_and_psnr_are_what_they_say() -> None:
    flat, step = torch.zeros(3, 4, 8), torch.zeros(3, 4, 8)
    step[..., 4:] = 1
    assert float(sharpness(flat)) == 0
    assert float(sharpness(step)) == pytest.approx(1 / 7)
    assert float(psnr(flat, flat + 0.2)) == pytest.approx(20, abs=1e-3)
