"""The teacher: a labyrinth seen in first person, drawn by a raycaster for many walkers at once.

Lengths are in cells of the maze, angles in radians, counter-clockwise from the x axis; a frame is
(96, 128, 3) uint8 sRGB. Everything follows from its seed. The model learns from these frames;
playing never runs this file.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from labyrinth.looks import LOOK_NAMES

HEIGHT, WIDTH = 96, 128
FOCAL = 0.68  # focal length over the frame's width: 72.6 degrees across
CELLS = 25  # cells of a maze along each side
RADIUS = 0.3  # how near a walker comes to a wall
WALK, RUN = 0.07, 0.12  # cells a frame
TURN = math.radians(4.0)  # what an arrow key turns a frame
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
    tile: tuple[int, int, int]  # every other tile of the floor
    ceiling: tuple[int, int, int]
    lamp: tuple[int, int, int]  # the middle of each cell's ceiling
    fog: tuple[int, int, int]


PAINTS = {
    "dungeon": Paint(
        wall=(150, 96, 68), trim=(96, 62, 48), emblem=(228, 152, 62),
        floor=(94, 82, 74), tile=(118, 104, 92), ceiling=(66, 54, 50), lamp=(92, 72, 58),
        fog=(44, 32, 28),
    ),
    "hedge": Paint(
        wall=(74, 126, 62), trim=(52, 92, 48), emblem=(206, 110, 132),
        floor=(158, 142, 108), tile=(176, 160, 124), ceiling=(150, 196, 226), lamp=(168, 208, 232),
        fog=(164, 196, 204),
    ),
    "frost": Paint(
        wall=(126, 176, 210), trim=(74, 122, 174), emblem=(236, 246, 250),
        floor=(206, 222, 230), tile=(172, 194, 212), ceiling=(92, 124, 162), lamp=(118, 150, 186),
        fog=(200, 218, 230),
    ),
    "desert": Paint(
        wall=(206, 168, 108), trim=(170, 128, 78), emblem=(66, 126, 146),
        floor=(220, 192, 142), tile=(204, 174, 124), ceiling=(186, 148, 100), lamp=(232, 206, 156),
        fog=(230, 208, 164),
    ),
    "neon": Paint(
        wall=(58, 44, 98), trim=(158, 56, 140), emblem=(58, 180, 192),
        floor=(30, 26, 56), tile=(44, 38, 78), ceiling=(24, 20, 44), lamp=(70, 62, 128),
        fog=(34, 20, 58),
    ),
    "palace": Paint(
        wall=(214, 208, 198), trim=(190, 158, 92), emblem=(150, 58, 62),
        floor=(176, 170, 164), tile=(140, 134, 130), ceiling=(226, 222, 214), lamp=(246, 240, 222),
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
    maze[(maze == WALL) & (rng.random(maze.shape) < 0.16)] = MARKED
    return maze


def _palettes() -> tuple[Floats, Floats]:
    """Return what surfaces look like: (looks, colors, 3), as differences to the fog, (looks, 3).

    First come four walls of TEXELS rows and columns, the top row first: 2 * marked + facing y; then
    the ceiling, its lamp, the floor and its other tile.
    """
    v, u = np.mgrid[0:TEXELS, 0:TEXELS] / TEXELS + 0.5 / TEXELS
    colors = np.empty((len(LOOK_NAMES), WALL_COLORS + 4, 3), np.float32)
    fogs = np.array([PAINTS[name].fog for name in LOOK_NAMES], np.float32)
    for n, name in enumerate(LOOK_NAMES):
        paint = PAINTS[name]
        for face in range(4):
            # Lit from above: a wall darkens by a fifth towards the floor.
            wall = np.array(paint.wall) * (1.08 - 0.2 * v[..., None])
            wall[(v > 0.84) | (np.abs(u - 0.5) > 0.42)] = paint.trim
            if face // 2:
                wall[(np.abs(u - 0.5) < 0.18) & (np.abs(v - 0.45) < 0.2)] = paint.emblem
            shade = 0.84 if face % 2 else 1.0
            colors[n, face * TEXELS**2 : (face + 1) * TEXELS**2] = shade * wall.reshape(-1, 3)
        colors[n, WALL_COLORS:] = (paint.ceiling, paint.lamp, paint.floor, paint.tile)
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
        """Put a walker per seed into that seed's maze, on an open cell, looking along a way."""
        mazes = np.stack([carve(seed) for seed in seeds])
        poses, looks = [], []
        for seed, maze in zip(seeds, mazes, strict=True):
            rng = np.random.default_rng([seed, 2])
            cells = np.argwhere(maze == OPEN)
            x, y = cells[rng.integers(len(cells))]
            ways = [q for q in range(4) if maze[x + (1, 0, -1, 0)[q], y + (0, 1, 0, -1)[q]] == OPEN]
            quarter = ways[rng.integers(len(ways))] if ways else 0
            poses.append((x + 0.5, y + 0.5, quarter * math.pi / 2 + rng.normal(0, 0.25)))
            looks.append(rng.integers(len(LOOK_NAMES)))
        return cls(mazes, np.array(poses, np.float32), np.array(looks))

    def _blocked(self, x: Floats, y: Floats) -> NDArray[np.bool_]:
        rows = np.arange(len(x))
        blocked = np.zeros(len(x), bool)
        for dx in (-RADIUS, RADIUS):
            for dy in (-RADIUS, RADIUS):
                blocked |= self.mazes[rows, np.int64(x + dx), np.int64(y + dy)] != OPEN
        return blocked

    def step(self, actions: Floats) -> None:
        """Turn, then walk; a wall stops what of a step goes into it.

        actions: (walkers, 3), forward and rightward cells, and the turn to the left.
        """
        heading = self.poses[:, 2] + actions[:, 2]
        cos, sin = np.cos(heading), np.sin(heading)
        x, y = self.poses[:, 0], self.poses[:, 1]
        to_x = x + actions[:, 0] * cos + actions[:, 1] * sin
        to_x = np.where(self._blocked(to_x, y), x, to_x)
        to_y = y + actions[:, 0] * sin - actions[:, 1] * cos
        to_y = np.where(self._blocked(to_x, to_y), y, to_y)
        self.poses = np.stack([to_x, to_y, heading], 1).astype(np.float32)

    def ahead(self) -> Floats:
        """Return how far each walker's middle ray goes before a wall: (walkers,) cells."""
        heading = self.poses[:, 2:]
        depth, _, _ = self._cast(np.cos(heading), np.sin(heading))
        return depth[:, 0]

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

    def draw(self, scale: int = 1) -> Frames:
        """Return what the walkers see: (walkers, 96 * scale, 128 * scale, 3)."""
        height, width = HEIGHT * scale * SAMPLES, WIDTH * scale * SAMPLES
        focal = FOCAL * width
        across = ((np.arange(width) + 0.5 - width / 2) / focal).astype(np.float32)
        down = ((np.arange(height) + 0.5 - height / 2) / focal).astype(np.float32)
        heading = self.poses[:, 2:]
        cos, sin = np.cos(heading), np.sin(heading)
        dx, dy = cos + across * sin, sin - across * cos
        depth, along, face = self._cast(dx, dy)
        # Floor and ceiling: every row of the frame lies at one depth.
        flat = (0.5 / np.abs(down))[None, :, None]
        x = self.poses[:, 0, None, None] + flat * dx[:, None, :]
        y = self.poses[:, 1, None, None] + flat * dy[:, None, :]
        below = height // 2
        color = np.empty(x.shape, np.int32)
        lamp = np.maximum(np.abs(x[:, :below] % 1 - 0.5), np.abs(y[:, :below] % 1 - 0.5)) < 0.2
        color[:, :below] = WALL_COLORS + lamp
        tile = (x[:, below:].astype(np.int32) + y[:, below:].astype(np.int32)) & 1
        color[:, below:] = WALL_COLORS + 2 + tile
        # The walls before them, every column at once: v runs from 0 at the ceiling to 1.
        v = 0.5 + down[None, :, None] * depth[:, None, :]
        on_wall = (v >= 0) & (v < 1)
        column = face * TEXELS**2 + (along * TEXELS).astype(np.int64).clip(0, TEXELS - 1)
        texel = (v * TEXELS).astype(np.int32) * TEXELS + column.astype(np.int32)[:, None, :]
        np.copyto(color, texel, where=on_wall)
        color += (self.looks * _COLORS.shape[1]).astype(np.int32)[:, None, None]
        distance = np.where(on_wall, depth[:, None, :], flat)
        clear = np.exp(distance * distance * np.float32(-1 / SIGHT**2))
        frame = np.take(_COLORS.reshape(-1, 3), color, axis=0)
        frame *= clear[..., None]
        samples = (len(frame), height // SAMPLES, SAMPLES, width // SAMPLES, SAMPLES, 3)
        mean: Floats = frame.reshape(samples).mean((2, 4)) + _FOGS[self.looks][:, None, None]
        return (mean + 0.5).astype(np.uint8)


class Wanderers:
    """Hands that play: per walker a mood that lasts some frames, as a person explores."""

    MOODS = ("walk", "turn", "look", "strafe", "back", "stand")
    ODDS = (0.40, 0.24, 0.13, 0.10, 0.06, 0.07)

    def __init__(self, walkers: Walkers, seed: int) -> None:
        self._walkers = walkers
        self._rng = np.random.default_rng([seed, 3])
        count = len(walkers.poses)
        self._left = np.zeros(count, int)
        self._mood = np.zeros(count, int)
        self._pace = np.zeros(count, np.float32)
        self._spin = np.zeros(count, np.float32)
        self._side = np.zeros(count, np.float32)

    def _choose(self, n: int, ahead: float) -> None:
        rng = self._rng
        self._left[n] = rng.integers(5, 26)
        self._mood[n] = rng.choice(len(self.MOODS), p=self.ODDS)
        if ahead < 0.5 and rng.random() < 0.85:  # mostly, a person turns before a wall
            self._mood[n] = 1
        self._pace[n] = RUN if rng.random() < 0.25 else WALK
        self._side[n] = rng.choice((-1.0, 1.0))
        # Arrow keys turn at one speed, the pointer at any.
        speed = 1.0 if rng.random() < 0.5 else rng.uniform(0.2, 2.0)
        self._spin[n] = TURN * speed * rng.choice((-1.0, 1.0))

    def actions(self) -> Floats:
        """Return the next actions: (walkers, 3), as `Walkers.step` takes them."""
        ahead = self._walkers.ahead()
        for n in np.flatnonzero(self._left <= 0):
            self._choose(int(n), float(ahead[n]))
        self._left -= 1
        moods = np.array(self.MOODS)[self._mood]
        count = len(moods)
        forward = np.where(moods == "walk", self._pace, 0) - np.where(moods == "back", WALK, 0)
        forward += np.where((moods == "turn") & (self._side > 0), self._pace, 0)
        aside = np.where(moods == "strafe", self._side * self._pace, 0)
        turn = np.where(moods == "turn", self._spin, 0)
        turn += np.where((moods == "walk") & (self._side > 0), self._spin * 0.3, 0)
        turn += np.where(moods == "look", self._rng.normal(0, TURN, count), 0)
        return np.stack([forward, aside, turn], 1).astype(np.float32)


def episodes(
    seeds: list[int], frames: int, *, relook: float = 0.0
) -> Iterator[tuple[Frames, Floats, Ints]]:
    """Yield `frames` frames of an episode per seed, with what led to each.

    Yields frames (episodes, 48, 64, 3), the actions that led to them (episodes, 3) and the looks
    they have (episodes,). In a share `relook` of the episodes the look changes halfway through.
    """
    walkers = Walkers.spawn(seeds)
    hands = Wanderers(walkers, seeds[0])
    rng = np.random.default_rng([seeds[0], 4])
    changes = rng.random(len(seeds)) < relook
    shift = rng.integers(1, len(LOOK_NAMES), len(seeds))
    actions = np.zeros((len(seeds), 3), np.float32)
    for n in range(frames):
        if n:
            actions = hands.actions()
            walkers.step(actions)
        if n == frames // 2:
            walkers.looks = np.where(
                changes, (walkers.looks + shift) % len(LOOK_NAMES), walkers.looks
            )
        yield walkers.draw(), actions, walkers.looks
