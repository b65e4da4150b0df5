"""Worlds of blocks with pixelated textures, for models of such games."""

from __future__ import annotations

import numpy as np
from march import Array, Light, Noise, View, mix, sky_of, smooth, unit, vector
from numpy.typing import NDArray
from PIL import Image

Grid = NDArray[np.uint8]

AIR, GRASS, DIRT, STONE, SAND, LOG, LEAVES, SNOW, WATER, PLANKS, GLASS = range(11)
_COLOURS = np.array(
    [
        (0, 0, 0),
        (0.2, 0.36, 0.1),
        (0.27, 0.17, 0.1),
        (0.28, 0.28, 0.29),
        (0.62, 0.55, 0.36),
        (0.2, 0.13, 0.07),
        (0.1, 0.24, 0.05),
        (0.82, 0.86, 0.92),
        (0.06, 0.16, 0.42),
        (0.42, 0.29, 0.15),
        (0.55, 0.7, 0.75),
    ],
    np.float32,
)
_SIZE, _HIGH = 192, 64
_TEXELS = 16


def world(seed: int, ground: int, rough: float, trees: float, cover: int, sea: int) -> Grid:
    """Return blocks (x, y, z): hills of ``cover``, trees, a sea, and a small house."""
    random = np.random.default_rng(seed)
    noise = Noise(seed, 5, 256, 0.5)
    place = np.arange(_SIZE, dtype=np.float32)
    x, z = np.meshgrid(place, place, indexing="ij")
    high = ground + rough * 2 * (noise(x, z, 150.0) - 0.5) + 3 * (noise(x + 40, z, 40.0) - 0.5)
    middle = np.hypot(x - 96, z - 96)
    high = np.clip(
        high * smooth(middle, 0, 12) + ground * (1 - smooth(middle, 0, 12)), 3, _HIGH - 14
    ).astype(int)
    blocks = np.zeros((_SIZE, _HIGH, _SIZE), np.uint8)
    y = np.arange(_HIGH)[None, :, None]
    top = high[:, None, :]
    blocks[np.broadcast_to(y < top - 3, blocks.shape)] = STONE
    blocks[(y >= top - 3) & (y < top)] = SAND if cover == SAND else DIRT
    blocks[y == top] = cover
    beach = (y == top) & (top <= sea + 1) & (top >= sea - 3)
    blocks[beach] = SAND
    blocks[(y <= sea) & (blocks == AIR)] = WATER
    for _ in range(int(trees * _SIZE * _SIZE / 60)):
        i, k = random.integers(4, _SIZE - 4, 2)
        foot = high[i, k] + 1
        if foot <= sea + 2 or np.hypot(i - 96, k - 104) < 9:
            continue
        tall = int(random.integers(4, 7))
        for dy in range(tall - 3, tall + 2):
            wide = 2 if dy < tall else 1
            part = blocks[i - wide : i + wide + 1, foot + dy, k - wide : k + wide + 1]
            part[part == AIR] = LEAVES
        blocks[i, foot : foot + tall, k] = LOG
    i, k = 104, 78
    floor = high[i, k] + 1
    blocks[i - 4 : i + 5, floor : floor + 9, k - 3 : k + 4] = AIR
    blocks[i - 4 : i + 5, floor - 3 : floor, k - 3 : k + 4] = STONE
    blocks[i - 3 : i + 4, floor : floor + 4, k - 2 : k + 3] = PLANKS
    blocks[i - 2 : i + 3, floor : floor + 4, k - 1 : k + 2] = AIR
    blocks[i - 1 : i + 2, floor + 1 : floor + 3, k + 2] = GLASS
    blocks[i - 3, floor : floor + 2, k] = AIR
    for step in range(4):
        blocks[i - 4 + step : i + 5 - step, floor + 4 + step, k - 3 : k + 4] = LOG
    return blocks


def render(
    blocks: Grid, light: Light, view: View, width: int = 640, height: int = 384
) -> Image.Image:
    """Return a picture of the blocks: one ray per pixel, as such games draw it."""
    forward = unit(view.target - view.eye)
    right = unit(np.cross(forward, vector(0, 1, 0)))
    up = np.cross(right, forward)
    reach = np.tan(np.radians(view.fov_deg) / 2)
    x = (np.arange(width) + 0.5) / width * 2 - 1
    y = (1 - (np.arange(height) + 0.5) / height * 2) * height / width
    rays = unit(
        (forward + reach * (x[None, :, None] * right + y[:, None, None] * up))
        .reshape(-1, 3)
        .astype(np.float32)
    )
    eyes = np.broadcast_to(view.eye, rays.shape)
    gone, cell, side = _walk(blocks, eyes, rays, 170.0)
    colours = sky_of(light, rays)
    met = gone < 170
    points = eyes[met] + gone[met, None] * rays[met]
    kind = blocks[tuple(cell[met].T)]
    normals = np.zeros_like(points)
    axis = side[met]
    normals[np.arange(len(points)), axis] = -np.sign(rays[met, axis])
    lit = _texture(kind, points, axis, normals)
    shadow, _, _ = _walk(
        blocks, points + 0.01 * normals, np.broadcast_to(light.direction, points.shape), 60.0
    )
    sunny = (shadow >= 60) * np.clip(normals @ light.direction, 0, 1)
    dome = (
        light.ambient
        * (0.65 + 0.35 * normals[:, 1] - 0.12 * (axis == 0))
        * _corners(blocks, points, normals)
    )
    lit = lit * (
        sunny[:, None] * vector(*light.colour) * 1.25
        + dome[:, None] * (0.5 + 0.9 * vector(*light.sky))
    )
    veil = smooth(gone[met], 60, 168)
    flat = unit(rays[met] * vector(1, 0, 1) + vector(0, 0.02, 0))
    colours[met] = mix(lit, sky_of(light, flat, disc=False), veil)
    srgb = np.clip(colours * light.exposure, 0, 1) ** (1 / 2.2)
    return Image.fromarray((srgb.reshape(height, width, 3) * 255 + 0.5).astype(np.uint8))


def _walk(
    blocks: Grid, origins: Array, rays: Array, far: float
) -> tuple[Array, NDArray[np.int64], NDArray[np.int64]]:
    """Go from block to block along each ray; return distances, blocks and the axes crossed."""
    rays = np.where(np.abs(rays) < 1e-6, 1e-6, rays)
    cell = np.floor(origins).astype(np.int64)
    step = np.sign(rays).astype(np.int64)
    reach = 1 / np.abs(rays)
    following = (
        np.where(rays > 0, np.floor(origins) + 1 - origins, origins - np.floor(origins)) * reach
    )
    gone = np.full(len(rays), far, np.float32)
    side = np.zeros(len(rays), np.int64)
    active = np.arange(len(rays))
    limits = np.array(blocks.shape)
    while len(active):
        axis = following[active].argmin(axis=1)
        here = following[active, axis]
        cell[active, axis] += step[active, axis]
        following[active, axis] += reach[active, axis]
        inside = ((cell[active] >= 0) & (cell[active] < limits)).all(axis=1) & (here < far)
        active, axis, here = active[inside], axis[inside], here[inside]
        hit = blocks[tuple(cell[active].T)] != AIR
        gone[active[hit]] = here[hit]
        side[active[hit]] = axis[hit]
        active = active[~hit]
    return gone, cell, side


def _texture(
    kind: NDArray[np.uint8], points: Array, axis: NDArray[np.int64], normals: Array
) -> Array:
    """Return the colour of the texel under each point: 16 by 16 of them on a side of a block."""
    u = np.where(axis == 0, points[:, 2], points[:, 0])
    v = np.where(axis == 1, points[:, 2], points[:, 1])
    column, row = np.floor(u * _TEXELS), np.floor(v * _TEXELS)
    grain = np.modf(np.abs(np.sin(column * 12.9898 + row * 78.233 + kind * 3.7) * 43758.547))[0]
    colours = _COLOURS[kind] * (0.72 + 0.5 * grain)[:, None]
    from_top = _TEXELS - 1 - row % _TEXELS
    turf = (kind == GRASS) & (axis != 1) & (from_top > 2 + 2 * (grain > 0.5))
    colours[turf] = _COLOURS[DIRT] * (0.72 + 0.5 * grain[turf])[:, None]
    boards = (kind == PLANKS) & (row % 4 == 0)
    colours[boards] *= 0.6
    bark = (kind == LOG) & (axis != 1) & (column % 4 == 0)
    colours[bark] *= 0.65
    stones = (kind == STONE) & ((row + 3 * (column // 5)) % 6 == 0)
    colours[stones] *= 0.75
    gaps = (kind == LEAVES) & (grain < 0.22)
    colours[gaps] *= 0.35
    return colours


def _corners(blocks: Grid, points: Array, normals: Array) -> Array:
    """Return how open each point is: blocks beside the one in front of it darken it."""
    front = points + 0.5 * normals
    open_sky = np.ones(len(points), np.float32)
    limits = np.array(blocks.shape) - 1
    for axis in range(3):
        for way in (-1, 1):
            beside = front.copy()
            beside[:, axis] += 0.6 * way
            cell = np.clip(np.floor(beside), 0, limits).astype(int)
            inside = np.abs(normals[:, axis]) < 0.5
            near = 1 - np.abs(np.floor(beside)[:, axis] + 0.5 - way * 0.5 - front[:, axis]).clip(
                0, 1
            )
            solid = (blocks[tuple(cell.T)] != AIR) & inside
            open_sky -= 0.35 * solid * near
    return np.clip(open_sky, 0.3, 1)


_NOON = Light(
    unit(vector(-0.5, 0.75, 0.42)),
    colour=(0.95, 0.92, 0.82),
    sky=(0.25, 0.47, 0.95),
    horizon=(0.62, 0.76, 1.0),
    ambient=0.75,
)
_DUSK = Light(
    unit(vector(0.75, 0.3, -0.5)),
    colour=(1.2, 0.72, 0.42),
    sky=(0.2, 0.26, 0.55),
    horizon=(0.95, 0.6, 0.42),
    ambient=0.65,
)

WORLDS = {
    "plains": (
        world(1, 24, 7, 0.25, GRASS, 18),
        _NOON,
        View(vector(96.5, 27.6, 112.5), vector(99, 26, 78), 80),
    ),
    "forest": (
        world(2, 26, 10, 1.3, GRASS, 17),
        _NOON,
        View(vector(96.5, 29.6, 104.5), vector(103, 29.5, 70), 80),
    ),
    "desert": (
        world(3, 23, 9, 0.0, SAND, 10),
        _NOON,
        View(vector(96.5, 28.6, 116.5), vector(104, 24.5, 78), 80),
    ),
    "lake": (
        world(7, 21, 12, 0.5, GRASS, 20),
        _DUSK,
        View(vector(96.5, 27.6, 118.5), vector(104, 23, 78), 80),
    ),
    "snow": (
        world(5, 27, 15, 0.7, SNOW, 12),
        _NOON,
        View(vector(96.5, 31.6, 112.5), vector(103, 29, 78), 80),
    ),
    "hills": (
        world(11, 28, 22, 0.6, GRASS, 16),
        _DUSK,
        View(vector(96.5, 33.6, 116.5), vector(103, 29, 74), 80),
    ),
}
