"""The teacher: a raycaster that draws labyrinths in first person, for many walkers at once.

Lengths are in cells of the maze, angles in radians, counter-clockwise. Pictures are uint8 sRGB. It
draws the ring around a walker (ring.py), or the picture of a camera. The same seed gives the same
result. The model learns from these rings; playing never runs this file.
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
RADIUS = 0.3  # minimum distance of a walker from a wall
WALK, RUN = 0.07, 0.12  # cells per frame
SAMPLES = 2  # samples per pixel and axis
SIGHT = 5.0  # distance at which fog covers 63 %
OPEN, WALL, MARKED = 0, 1, 2  # kinds of cell; a marked wall shows the emblem of the look

Frames = NDArray[np.uint8]
Floats = NDArray[np.float32]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Paint:
    """The colors of a look, sRGB from 0 to 255."""

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
    """Return the wall texture of each look: lightness per texel, and the mask of the emblem.

    The textures are bands and boxes, which a small network can learn.
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
    """Return surface colors (looks, colors, 3) minus the fog color, and fog colors (looks, 3).

    The colors are four wall textures of TEXELS x TEXELS, top row first, with the index
    2 * marked + facing y; then the ceiling and the floor.
    """
    v, u = np.mgrid[0:TEXELS, 0:TEXELS] / TEXELS + 0.5 / TEXELS
    walls = _walls(u, v)
    colors = np.empty((len(LOOK_NAMES), WALL_COLORS + 2, 3), np.float32)
    fogs = np.array([PAINTS[name].fog for name in LOOK_NAMES], np.float32)
    for n, name in enumerate(LOOK_NAMES):
        paint, (light, emblem) = PAINTS[name], walls[name]
        for face in range(4):
            # Light comes from above: a wall is a fifth darker at the floor.
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
    """The positions of walkers, each in its own maze."""

    mazes: NDArray[np.uint8]  # (walkers, CELLS, CELLS)
    poses: Floats  # (walkers, 3): x, y, heading
    looks: Ints  # (walkers,)

    @classmethod
    def spawn(cls, seeds: list[int]) -> Walkers:
        """Put a walker on a random open cell of each seed's maze, with a random heading."""
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
        """Move the walkers as far as walls allow; return the actual moves.

        Moves are (walkers, 2), in cells along each ring's zero direction and to its left.
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
        """Return the distance to a wall in cells, (walkers, n), along headings (walkers, n)."""
        angle = self.poses[:, 2:] + headings
        return self._cast(np.cos(angle), np.sin(angle))[0]

    def _cast(self, dx: Floats, dy: Floats) -> tuple[Floats, Floats, Ints]:
        """Follow rays (walkers, rays) to their walls, from cell border to cell border.

        Return the distance in units of the ray's length, the position on the wall face (0 to 1),
        and 2 * (the wall is marked) + (the face points along y).
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
        """Return the rings around the walkers, (walkers, 96, 512, 3).

        looks: (walkers,), to replace their own looks.
        """
        columns = COLUMNS * SAMPLES
        angle = self.poses[:, 2:] - (np.arange(columns) + 0.5) * (2 * np.pi / columns)
        rows = ROWS * SAMPLES
        down = (np.arange(rows) + 0.5 - rows / 2) * (2 * REACH / rows)
        return self._draw(np.cos(angle), np.sin(angle), down, looks)

    def picture(self, width: int, height: int) -> Frames:
        """Return pictures of cameras along the walkers' headings, (walkers, height, width, 3)."""
        across = ((np.arange(width * SAMPLES) + 0.5) / SAMPLES - width / 2) / (FOCAL * width)
        down = ((np.arange(height * SAMPLES) + 0.5) / SAMPLES - height / 2) / (FOCAL * width)
        cos, sin = np.cos(self.poses[:, 2:]), np.sin(self.poses[:, 2:])
        return self._draw(cos + across * sin, sin - across * cos, down, None)

    def _draw(
        self, dx: NDArray[Any], dy: NDArray[Any], down: NDArray[Any], looks: Ints | None
    ) -> Frames:
        """Draw columns along rays (walkers, columns); `down` (rows,) is the slope of each row."""
        looks = self.looks if looks is None else looks
        dx, dy, down = (part.astype(np.float32) for part in (dx, dy, down))
        depth, along, face = self._cast(dx, dy)
        # Floor and ceiling have one depth per row.
        flat = np.float32(0.5) / np.abs(down)
        half = len(down) // 2
        color = np.full((len(dx), len(down), dx.shape[1]), WALL_COLORS, np.int32)
        color[:, half:] += 1
        # Walls are in front of them; v is 0 at the ceiling and 1 at the floor.
        v = down[:, None] * depth[:, None, :] + np.float32(0.5)
        on_wall = (v >= 0) & (v < 1)
        column = face * TEXELS**2 + (along * TEXELS).astype(np.int64).clip(0, TEXELS - 1)
        texel = (v * TEXELS).astype(np.int32) * TEXELS + column.astype(np.int32)[:, None, :]
        np.copyto(color, texel, where=on_wall)
        color += (looks * _COLORS.shape[1]).astype(np.int32)[:, None, None]
        # Fog depends on the column for walls, and on the row and the ray's length for the floor.
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
    """Moves for walkers that explore: each keeps its motion for some frames, mostly towards open
    space."""

    def __init__(self, walkers: Walkers, seed: int) -> None:
        self._walkers = walkers
        self._rng = np.random.default_rng([seed, 3])
        count = len(walkers.poses)
        self.heading = np.zeros(count, np.float32)  # direction of each walk, counter-clockwise
        self._left = np.zeros(count, int)
        self._pace = np.zeros((count, 2), np.float32)  # ahead and to the left, per frame
        self._bend = np.zeros(count, np.float32)  # radians per frame

    def _choose(self, chosen: Ints) -> None:
        rng, count = self._rng, len(self._left)
        ways = self.heading[:, None] + rng.normal(0, 1.2, (count, 4)).astype(np.float32)
        far = ways[np.arange(count), self._walkers.ahead(ways).argmax(1)]
        heading = np.where(rng.random(count) < 0.75, far, ways[:, 0])
        speed = np.where(rng.random(count) < 0.3, RUN, WALK) * (rng.random(count) > 0.03)
        # Most walks go ahead, some diagonally, sideways or back.
        angle = rng.choice((0, np.pi / 4, np.pi / 2, np.pi), count, p=(0.7, 0.1, 0.1, 0.1))
        angle = angle * rng.choice((-1, 1), count)
        pace = speed[:, None] * np.stack([np.cos(angle), np.sin(angle)], 1)
        bend = rng.normal(0, 0.05, count) * (rng.random(count) < 0.5)
        self.heading[chosen] = heading[chosen]
        self._pace[chosen], self._bend[chosen] = pace[chosen], bend[chosen]
        self._left[chosen] = rng.integers(5, 26, count)[chosen]

    def moves(self) -> Floats:
        """Return the next moves for `Walkers.step`, (walkers, 2)."""
        chosen = np.flatnonzero(self._left <= 0)
        if len(chosen):
            self._choose(chosen)
        self._left -= 1
        self.heading += self._bend
        cos, sin = np.cos(self.heading), np.sin(self.heading)
        ahead, left = self._pace.T
        return np.stack([ahead * cos - left * sin, ahead * sin + left * cos], 1)


def episodes(seeds: list[int], frames: int) -> Iterator[tuple[Frames, Floats, Floats]]:
    """Yield the frames of one episode per seed, with the moves before each frame.

    Yields rings (episodes, 96, 512, 3), requested moves (episodes, 2) and actual moves.
    """
    walkers = Walkers.spawn(seeds)
    feet = Wanderers(walkers, seeds[0])
    asked = made = np.zeros((len(seeds), 2), np.float32)
    for n in range(frames):
        if n:
            asked = feet.moves()
            made = walkers.step(asked)
        yield walkers.draw(), asked, made
