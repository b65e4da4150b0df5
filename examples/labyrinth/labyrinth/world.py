"""The teacher: a labyrinth seen in first person, drawn by a raycaster for many walkers at once.

Lengths are in cells of the maze, angles in radians, counter-clockwise; pictures are uint8 sRGB.
What is drawn is all that can be seen around a walker, a ring (ring.py), or a camera's picture.
Everything follows from its seed. The model learns from these rings; playing never runs this file.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from labyrinth.looks import LOOK_NAMES
from labyrinth.ring import COLUMNS, FOCAL, REACH, ROWS

CELLS = 25  # cells of a maze along each side
RADIUS = 0.3  # how near a walker comes to a wall
WALK, RUN = 0.07, 0.12  # cells a frame
SAMPLES = 2  # per pixel and axis
SIGHT = 5.0  # at this distance the fog takes 63 %
OPEN, WALL, MARKED = 0, 1, 2  # kinds of cell: a marked wall carries the look's emblem

Frames = NDArray[np.uint8]
Floats = NDArray[np.float32]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Paint:
    """The colours of a look, each sRGB from 0 to 255."""

    wall: tuple[int, int, int]
    trim: tuple[int, int, int]  # the pillars and the skirting of a wall
    emblem: tuple[int, int, int]
    floor: tuple[int, int, int]
    ceiling: tuple[int, int, int]
    fog: tuple[int, int, int]


PAINTS = {
    "dungeon": Paint(
        wall=(150, 96, 68), trim=(96, 62, 48), emblem=(228, 152, 62),
        floor=(94, 82, 74), ceiling=(66, 54, 50),
        fog=(44, 32, 28),
    ),
    "hedge": Paint(
        wall=(74, 126, 62), trim=(52, 92, 48), emblem=(206, 110, 132),
        floor=(158, 142, 108), ceiling=(150, 196, 226),
        fog=(164, 196, 204),
    ),
    "frost": Paint(
        wall=(126, 176, 210), trim=(74, 122, 174), emblem=(236, 246, 250),
        floor=(206, 222, 230), ceiling=(92, 124, 162),
        fog=(200, 218, 230),
    ),
    "desert": Paint(
        wall=(206, 168, 108), trim=(170, 128, 78), emblem=(66, 126, 146),
        floor=(220, 192, 142), ceiling=(186, 148, 100),
        fog=(230, 208, 164),
    ),
    "neon": Paint(
        wall=(58, 44, 98), trim=(158, 56, 140), emblem=(58, 180, 192),
        floor=(30, 26, 56), ceiling=(24, 20, 44),
        fog=(34, 20, 58),
    ),
    "palace": Paint(
        wall=(214, 208, 198), trim=(190, 158, 92), emblem=(150, 58, 62),
        floor=(176, 170, 164), ceiling=(226, 222, 214),
        fog=(206, 200, 190),
    ),
}  # fmt: skip


def carve(seed: int) -> NDArray[np.uint8]:
    """Return a maze of corridors, loops and rooms: (CELLS, CELLS) of OPEN, WALL and MARKED."""
    rng = np.random.default_rng([seed, 1])
    maze = np.full((CELLS, CELLS), WALL, np.uint8)
    maze[1, 1] = OPEN
    stack = [(1, 1)]
    while stack:
        x, y = stack[-1]
        ways = [
            (dx, dy)
            for dx, dy in ((2, 0), (-2, 0), (0, 2), (0, -2))
            if 0 < x + dx < CELLS - 1 and 0 < y + dy < CELLS - 1 and maze[x + dx, y + dy]
        ]
        if not ways:
            stack.pop()
            continue
        dx, dy = ways[rng.integers(len(ways))]
        maze[x + dx // 2, y + dy // 2] = maze[x + dx, y + dy] = OPEN
        stack.append((x + dx, y + dy))
    for _ in range(10):
        width, height = rng.integers(2, 5, 2)
        x, y = rng.integers(1, CELLS - 1 - width), rng.integers(1, CELLS - 1 - height)
        maze[x : x + width, y : y + height] = OPEN
    inner = maze[1:-1, 1:-1]
    inner[(inner == WALL) & (rng.random(inner.shape) < 0.06)] = OPEN
    maze[(maze == WALL) & (rng.random(maze.shape) < 0.25)] = MARKED
    return maze


def _walls(u: Floats, v: Floats) -> dict[str, tuple[Floats, NDArray[np.bool_]]]:
    """Return each look's wall: how light each texel is, and where a marked one has its emblem.

    Bands and boxes: what a small network can hold.
    """
    aside = np.abs(u - 0.5)

    def box(half: float, top: float, bottom: float) -> NDArray[np.bool_]:
        inside: NDArray[np.bool_] = (aside < half) & (v > top) & (v < bottom)
        return inside

    return {
        "dungeon": (0.1 * np.sign((4 * v) % 2 - 1), box(0.16, 0.25, 0.84)),
        "hedge": (0.2 * (v < 0.18), box(0.28, 0.32, 0.62)),
        "frost": (0.1 * np.sign(0.16 - aside), box(0.22, 0.1, 0.5)),
        "desert": (0.1 * np.sign((5 * v) % 2 - 1), box(0.2, 0.35, 0.84)),
        "neon": (1.2 * ((np.abs(v - 0.14) < 0.035) | (np.abs(v - 0.7) < 0.035)),
                 box(0.26, 0.28, 0.56)),
        "palace": (-0.16 * (v > 0.52), box(0.2, 0.14, 0.66)),
    }  # fmt: skip


def _palettes() -> tuple[Floats, Floats]:
    """Return what surfaces look like: (looks, colors, 3), as differences to the fog, (looks, 3).

    First come four walls of TEXELS rows and columns, the top row first: 2 * marked + facing y; then
    the ceiling and the floor.
    """
    v, u = np.mgrid[0:TEXELS, 0:TEXELS] / TEXELS + 0.5 / TEXELS
    walls = _walls(u, v)
    colors = np.empty((len(LOOK_NAMES), WALL_COLORS + 2, 3), np.float32)
    fogs = np.array([PAINTS[name].fog for name in LOOK_NAMES], np.float32)
    for n, name in enumerate(LOOK_NAMES):
        paint, (light, emblem) = PAINTS[name], walls[name]
        for face in range(4):
            # Lit from above: a wall darkens by a fifth towards the floor.
            wall = np.array(paint.wall) * (1.08 - 0.2 * v + light)[..., None]
            wall[(v > 0.84) | (np.abs(u - 0.5) > 0.42)] = paint.trim
            if face // 2:
                wall[emblem] = paint.emblem
            shade = 0.84 if face % 2 else 1.0
            texels = np.minimum(shade * wall, 255).reshape(-1, 3)
            colors[n, face * TEXELS**2 : (face + 1) * TEXELS**2] = texels
        colors[n, WALL_COLORS:] = (paint.ceiling, paint.floor)
    return colors - fogs[:, None], fogs


TEXELS = 32
WALL_COLORS = 4 * TEXELS**2
_COLORS, _FOGS = _palettes()


@dataclass
class Walkers:
    """Where some walkers are, each in a maze of its own."""

    mazes: NDArray[np.uint8]  # (walkers, CELLS, CELLS)
    poses: Floats  # (walkers, 3): x, y, heading
    looks: Ints  # (walkers,)

    @classmethod
    def spawn(cls, seeds: list[int]) -> Walkers:
        """Put a walker per seed into that seed's maze, on an open cell, facing anywhere."""
        mazes = np.stack([carve(seed) for seed in seeds])
        poses, looks = [], []
        for seed, maze in zip(seeds, mazes, strict=True):
            rng = np.random.default_rng([seed, 2])
            cells = np.argwhere(maze == OPEN)
            x, y = cells[rng.integers(len(cells))] + rng.uniform(RADIUS, 1 - RADIUS, 2)
            poses.append((x, y, rng.uniform(0, 2 * math.pi)))
            looks.append(rng.integers(len(LOOK_NAMES)))
        return cls(mazes, np.array(poses, np.float32), np.array(looks))

    def _blocked(self, x: Floats, y: Floats) -> NDArray[np.bool_]:
        rows = np.arange(len(x))
        blocked = np.zeros(len(x), bool)
        for dx in (-RADIUS, RADIUS):
            for dy in (-RADIUS, RADIUS):
                blocked |= self.mazes[rows, np.int64(x + dx), np.int64(y + dy)] != OPEN
        return blocked

    def step(self, moves: Floats) -> Floats:
        """Walk; a wall stops what of a step goes into it. Returns what came of it.

        moves: (walkers, 2), cells along each ring's zero and to the left of it; so the result.
        """
        cos, sin = np.cos(self.poses[:, 2]), np.sin(self.poses[:, 2])
        x, y = self.poses[:, 0], self.poses[:, 1]
        to_x = x + moves[:, 0] * cos - moves[:, 1] * sin
        to_x = np.where(self._blocked(to_x, y), x, to_x)
        to_y = y + moves[:, 0] * sin + moves[:, 1] * cos
        to_y = np.where(self._blocked(to_x, to_y), y, to_y)
        dx, dy = to_x - x, to_y - y
        self.poses[:, 0], self.poses[:, 1] = to_x, to_y
        return np.stack([dx * cos + dy * sin, dy * cos - dx * sin], 1).astype(np.float32)

    def ahead(self, headings: Floats) -> Floats:
        """Return how far it is to a wall: (walkers, n) cells along headings (walkers, n)."""
        angle = self.poses[:, 2:] + headings
        return self._cast(np.cos(angle), np.sin(angle))[0]

    def _cast(self, dx: Floats, dy: Floats) -> tuple[Floats, Floats, Ints]:
        """Follow rays (walkers, rays) to their walls, from cell border to cell border.

        Returns the distance in units of the rays' own lengths, where along the face it was hit
        (0 to 1), and 2 * (is the wall marked) + (does the face look along y).
        """
        x0, y0 = self.poses[:, :1], self.poses[:, 1:2]
        cell_x, cell_y = (x0 + 0 * dx).astype(np.int64), (y0 + 0 * dy).astype(np.int64)
        step_x, step_y = np.where(dx < 0, -1, 1), np.where(dy < 0, -1, 1)
        inverse_x, inverse_y = (1 / np.maximum(np.abs(d), 1e-6) for d in (dx, dy))
        next_x = np.where(dx < 0, x0 - cell_x, cell_x + 1 - x0) * inverse_x
        next_y = np.where(dy < 0, y0 - cell_y, cell_y + 1 - y0) * inverse_y
        depth = np.zeros_like(dx)
        kind = np.zeros(dx.shape, np.uint8)
        along_y = np.zeros(dx.shape, bool)
        walkers = np.arange(len(dx))[:, None]
        while (going := kind == OPEN).any():
            side = next_x > next_y
            depth = np.where(going, np.minimum(next_x, next_y), depth)
            along_y = np.where(going, side, along_y)
            cell_x = np.where(going & ~side, cell_x + step_x, cell_x)
            cell_y = np.where(going & side, cell_y + step_y, cell_y)
            next_x = np.where(going & ~side, next_x + inverse_x, next_x)
            next_y = np.where(going & side, next_y + inverse_y, next_y)
            kind = self.mazes[walkers, cell_x, cell_y]
        along = np.where(along_y, x0 + depth * dx, y0 + depth * dy) % 1.0
        face = (2 * (kind == MARKED) + along_y).astype(np.int64)
        return depth.astype(np.float32), along.astype(np.float32), face

    def draw(self, looks: Ints | None = None) -> Frames:
        """Return all that the walkers see around them: rings (walkers, 96, 512, 3).

        looks: (walkers,), in place of their own.
        """
        columns = COLUMNS * SAMPLES
        angle = self.poses[:, 2:] - (np.arange(columns) + 0.5) * (2 * np.pi / columns)
        rows = ROWS * SAMPLES
        down = (np.arange(rows) + 0.5 - rows / 2) * (2 * REACH / rows)
        return self._draw(np.cos(angle), np.sin(angle), down, looks)

    def picture(self, width: int, height: int) -> Frames:
        """Return what cameras at the walkers' headings see: (walkers, height, width, 3)."""
        across = ((np.arange(width * SAMPLES) + 0.5) / SAMPLES - width / 2) / (FOCAL * width)
        down = ((np.arange(height * SAMPLES) + 0.5) / SAMPLES - height / 2) / (FOCAL * width)
        cos, sin = np.cos(self.poses[:, 2:]), np.sin(self.poses[:, 2:])
        return self._draw(cos + across * sin, sin - across * cos, down, None)

    def _draw(
        self, dx: NDArray[Any], dy: NDArray[Any], down: NDArray[Any], looks: Ints | None
    ) -> Frames:
        """Draw columns along rays (walkers, columns), rows that fall by `down` per length."""
        looks = self.looks if looks is None else looks
        dx, dy, down = (part.astype(np.float32) for part in (dx, dy, down))
        depth, along, face = self._cast(dx, dy)
        # Floor and ceiling: every row lies at one depth.
        flat = np.float32(0.5) / np.abs(down)
        half = len(down) // 2
        color = np.full((len(dx), len(down), dx.shape[1]), WALL_COLORS, np.int32)
        color[:, half:] += 1
        # The walls before them: v runs from 0 at the ceiling to 1.
        v = down[:, None] * depth[:, None, :] + np.float32(0.5)
        on_wall = (v >= 0) & (v < 1)
        column = face * TEXELS**2 + (along * TEXELS).astype(np.int64).clip(0, TEXELS - 1)
        texel = (v * TEXELS).astype(np.int32) * TEXELS + column.astype(np.int32)[:, None, :]
        np.copyto(color, texel, where=on_wall)
        color += (looks * _COLORS.shape[1]).astype(np.int32)[:, None, None]
        # The fog depends on a wall's column, or on the floor's row and how long its ray is.
        fade = np.float32(-1 / SIGHT**2)
        length = np.hypot(dx, dy)
        clear_wall = np.exp(np.square(depth * length) * fade)[:, None, :]
        clear_flat = np.exp(np.square(flat[:, None] * length[:, None, :]) * fade)
        clear = np.where(on_wall, clear_wall, clear_flat)
        frame = np.take(_COLORS.reshape(-1, 3), color, axis=0)
        frame *= clear[..., None]
        samples = (len(frame), len(down) // SAMPLES, SAMPLES, -1, SAMPLES, 3)
        mean: Floats = frame.reshape(samples).mean((2, 4)) + _FOGS[looks][:, None, None]
        return (mean + 0.5).astype(np.uint8)


class Wanderers:
    """Feet that explore: each keeps a way of walking for some frames, mostly towards open space."""

    def __init__(self, walkers: Walkers, seed: int) -> None:
        self._walkers = walkers
        self._rng = np.random.default_rng([seed, 3])
        count = len(walkers.poses)
        self.heading = np.zeros(count, np.float32)  # where each walks, counter-clockwise
        self._left = np.zeros(count, int)
        self._pace = np.zeros((count, 2), np.float32)  # ahead and to the left, a frame
        self._bend = np.zeros(count, np.float32)  # radians a frame

    def _choose(self, chosen: Ints) -> None:
        rng, count = self._rng, len(self._left)
        ways = self.heading[:, None] + rng.normal(0, 1.2, (count, 4)).astype(np.float32)
        far = ways[np.arange(count), self._walkers.ahead(ways).argmax(1)]
        heading = np.where(rng.random(count) < 0.75, far, ways[:, 0])
        speed = np.where(rng.random(count) < 0.3, RUN, WALK) * (rng.random(count) > 0.03)
        # People walk ahead, now and then aside or back, or both at once.
        angle = rng.choice((0, np.pi / 4, np.pi / 2, np.pi), count, p=(0.7, 0.1, 0.1, 0.1))
        angle = angle * rng.choice((-1, 1), count)
        pace = speed[:, None] * np.stack([np.cos(angle), np.sin(angle)], 1)
        bend = rng.normal(0, 0.05, count) * (rng.random(count) < 0.5)
        self.heading[chosen] = heading[chosen]
        self._pace[chosen], self._bend[chosen] = pace[chosen], bend[chosen]
        self._left[chosen] = rng.integers(5, 26, count)[chosen]

    def moves(self) -> Floats:
        """Return the next moves: (walkers, 2), as `Walkers.step` takes them."""
        chosen = np.flatnonzero(self._left <= 0)
        if len(chosen):
            self._choose(chosen)
        self._left -= 1
        self.heading += self._bend
        cos, sin = np.cos(self.heading), np.sin(self.heading)
        ahead, left = self._pace.T
        return np.stack([ahead * cos - left * sin, ahead * sin + left * cos], 1)


def episodes(seeds: list[int], frames: int) -> Iterator[tuple[Frames, Floats, Floats]]:
    """Yield the frames of an episode per seed, with what led to each.

    Yields rings (episodes, 96, 512, 3), the moves asked for (episodes, 2) and what came of them.
    """
    walkers = Walkers.spawn(seeds)
    feet = Wanderers(walkers, seeds[0])
    asked = made = np.zeros((len(seeds), 2), np.float32)
    for n in range(frames):
        if n:
            asked = feet.moves()
            made = walkers.step(asked)
        yield walkers.draw(), asked, made
