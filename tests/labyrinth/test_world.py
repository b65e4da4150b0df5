"""The teacher: what it draws follows from its seed, its actions and its walls."""

from __future__ import annotations

import math

import numpy as np
import pytest
from labyrinth.looks import LOOK_NAMES, find_look
from labyrinth.world import OPEN, RADIUS, WALK, Walkers, carve, episodes


def walkers(count: int = 8) -> Walkers:
    return Walkers.spawn(list(range(count)))


def repeated(action: tuple[float, float], count: int = 8) -> np.ndarray:
    return np.tile(np.array(action, np.float32), (count, 1))


def test_every_open_cell_of_a_maze_is_reached() -> None:
    maze = carve(3)
    reached = {tuple(np.argwhere(maze == OPEN)[0])}
    border = list(reached)
    while border:
        x, y = border.pop()
        for cell in ((x + 1, y), (x - 1, y), (x, y + 1), (x, y - 1)):
            if maze[cell] == OPEN and cell not in reached:
                reached.add(cell)
                border.append(cell)
    assert len(reached) == (maze == OPEN).sum()
    assert not (maze[[0, -1]] == OPEN).any()
    assert not (maze[:, [0, -1]] == OPEN).any()


def test_the_same_seeds_give_the_same_episode() -> None:
    first, again, other = (
        [part[0] for part in episodes(seeds, 4)] for seeds in ([1, 2], [1, 2], [3, 4])
    )
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_a_walk_and_its_opposite_bring_the_view_back() -> None:
    here = walkers()
    before = here.draw()
    made = here.step(repeated((0.05, 0.02)))
    assert np.abs(here.draw().astype(int) - before).mean() > 2
    assert np.allclose(here.step(-made), -made, atol=1e-5)
    assert np.abs(here.draw().astype(int) - before).mean() < 0.5


def test_a_wall_stops_a_walk() -> None:
    here = walkers()
    for _ in range(600):
        here.step(repeated((WALK, 0)))
    stopped = here.poses.copy()
    here.step(repeated((WALK, 0)))
    moved = np.hypot(*(here.poses - stopped)[:, :2].T)
    assert moved.max() < WALK
    assert np.allclose(np.hypot(*here.step(repeated((0, 0))).T), 0)
    cells = np.floor(here.poses[:, :2]).astype(int)
    assert (here.mazes[np.arange(8), cells[:, 0], cells[:, 1]] == OPEN).all()
    around = np.tile(np.linspace(0, 6, 12, dtype=np.float32), (8, 1))
    assert (here.ahead(around) > RADIUS * 0.9).all()


def test_an_episode_says_what_was_asked_and_what_came_of_it() -> None:
    _, asked, made = (np.stack(part, 1) for part in zip(*episodes(list(range(4)), 40), strict=True))
    assert not asked[:, 0].any()
    walked, wanted = (np.linalg.norm(moves, axis=-1) for moves in (made, asked))
    assert (walked <= wanted + 1e-5).all()
    assert 0.05 < (walked < wanted - 1e-3).mean() < 0.6


def test_looks_differ_in_color() -> None:
    here = walkers(len(LOOK_NAMES))
    here.mazes[:], here.poses[:] = here.mazes[0], here.poses[0]
    here.looks = np.arange(len(LOOK_NAMES))
    colors = here.draw().mean((1, 2))
    apart = [math.dist(a, b) for n, a in enumerate(colors) for b in colors[:n]]
    assert min(apart) > 20


@pytest.mark.parametrize(
    ("prompt", "look"),
    [
        ("a frozen cave", "frost"),
        ("Marble HALL, bright", "palace"),
        ("neon", "neon"),
        ("sandstone temple under the sun", "desert"),
        ("castle garden", "dungeon"),
        ("garden castle", "hedge"),
        ("icy garden in the snow", "frost"),
    ],
)
def test_a_prompt_finds_a_look_by_its_words(prompt: str, look: str) -> None:
    found = find_look(prompt)
    assert found is not None
    assert LOOK_NAMES[found] == look


@pytest.mark.parametrize("prompt", ["", "a spaceship", "desserts", "🧊", "frosty1"])
def test_unknown_words_find_none(prompt: str) -> None:
    assert find_look(prompt) is None
