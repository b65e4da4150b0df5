"""The teacher: its country follows from the seed, and geometry moves its maps."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from landscape.data import HELD_OUT, start
from landscape.polar import (
    ALTITUDE,
    ANGLES,
    COLUMNS,
    DISTANCES,
    HIGHEST,
    LOWEST,
    RISE,
    STONE,
    TREE,
    allowed,
    moved,
)
from landscape.teacher import ground, survey


def place(seed: int) -> tuple[float, float]:
    return start(seed, np.random.default_rng(seed))


def test_the_same_seed_and_place_give_the_same_map() -> None:
    assert np.array_equal(survey(3, 4, 1), survey(3, 4, 1))
    assert not np.array_equal(survey(3, 4, 1), survey(3, 4, 2))


@pytest.mark.parametrize("seed", [0, -5, 2**31, 2**40])
def test_any_seed_and_far_places_give_values_in_range(seed: int) -> None:
    for x in (0.0, -1e5):
        land = torch.from_numpy(survey(x, 12.5, seed))
        assert torch.isfinite(land).all()
        assert (land >= LOWEST).all()
        assert (land <= HIGHEST).all()


def test_the_rise_is_the_grounds_and_the_altitude_tells_water() -> None:
    land = survey(10, 20, 3)
    column, step = 100, 12
    x = 10 + float(ANGLES[column].cos() * DISTANCES[step])
    y = 20 + float(ANGLES[column].sin() * DISTANCES[step])
    here, there = ground(np.array([10, x], np.float32), np.array([20, y], np.float32), 3)
    rise = land[RISE, column, step] * float(DISTANCES[step])
    assert rise == pytest.approx(max(there, 0) - max(here, 0), abs=0.3)
    assert (land[ALTITUDE, column, step] > 0) == (there > 0)


def test_there_are_hills_water_trees_and_buildings_but_no_place_is_full_of_them() -> None:
    lands = np.stack([survey(*place(seed), seed) for seed in range(8)])
    water = (lands[:, ALTITUDE] < 0).mean()
    assert 0.02 < water < 0.5
    assert lands[:, RISE].max() > 0.2
    assert 0.02 < (lands[:, TREE] > 0.1).mean() < 0.4
    assert 0.0005 < (lands[:, STONE] > 0.1).mean() < 0.1


def test_a_moved_map_is_nearer_to_the_new_places_map() -> None:
    seed = HELD_OUT + 1
    x, y = place(seed)
    before, after = (torch.from_numpy(survey(x + d, y - d, seed)) for d in (0, 1))
    there = moved(before[None], torch.tensor([[1.0, -1.0]]))[0]
    error, still = ((land - after).square().mean((1, 2)) for land in (there, before))
    assert (error < 0.5 * still + 1e-6).all()
    assert error[RISE] < 0.1 * still[RISE]


def test_water_trees_and_steep_ground_stop_a_walker_who_slides_along() -> None:
    free = torch.zeros(5, COLUMNS, len(DISTANCES))
    free[ALTITUDE] = 0.3
    assert allowed(free, (0.0, 0.0), (0.2, 0.0)) == pytest.approx((0.2, 0.0), abs=1e-6)
    assert allowed(free, (0.0, 0.0), (0.0, 0.0)) == (0.0, 0.0)
    for channel, value in ((ALTITUDE, -0.4), (TREE, 0.5), (STONE, 0.5), (RISE, 1.2)):
        closed = free.clone()
        closed[channel] = value
        assert allowed(closed, (0.0, 0.0), (0.2, 0.0)) == (0.0, 0.0)
        beside = free.clone()
        beside[channel, ANGLES.cos() > math.cos(0.3)] = value
        made = allowed(beside, (0.0, 0.0), (0.2, 0.0))
        assert 0.05 < math.hypot(*made) < 0.19
