"""The camera: draws what a map shows from a position near its origin, in a given look.

It has no weights. Near heights hide what is behind them, and the look gives the colors, the light
and the sky.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

from .looks import color, value
from .polar import (
    ALTITUDE,
    ANGLES,
    BINS,
    COLUMN,
    COVER,
    DISTANCES,
    FAR,
    RISE,
    STONE,
    STONE_HEIGHT,
    TREE,
    TREE_HEIGHT,
    sample,
    wrap,
)

EYE = 1.7  # meters above the ground
FOCAL = 0.62  # focal length over the width of a picture
SUN = 0.35  # direction of the sun in radians, counter-clockwise from the zero direction
SKY_COLUMNS, SKY_ROWS, SKY_LOW, SKY_HIGH = 1536, 224, -0.1, 1.0  # the panorama of the sky
STEPS = 120  # distances at which a picture samples a map
_STEPS = 0.9 * torch.exp(torch.linspace(0, math.log(FAR / 0.9), STEPS))


def _value_noise(size: int, cells: int, seed: int) -> Tensor:
    """Return a tile (size, size) of smooth noise, mostly from -1 to 1, that repeats seamlessly."""
    random = torch.Generator().manual_seed(seed)
    total, weight = torch.zeros(1, 1, size, size), 1.0
    while cells <= size // 2:
        grid = torch.rand(1, 1, cells, cells, generator=random) * 2 - 1
        grid = functional.pad(grid, (2, 2, 2, 2), "circular")
        scale = size // cells
        wide = functional.interpolate(grid, scale_factor=scale, mode="bicubic")
        total += weight * wide[..., 2 * scale : -2 * scale, 2 * scale : -2 * scale]
        cells, weight = cells * 2, weight * 0.55
    return total[0, 0] / total.std() / 2.2


_GRAIN, _CLOUDS = _value_noise(256, 16, 1), _value_noise(512, 8, 2)


def _tile(tile: Tensor, u: Tensor, v: Tensor) -> Tensor:
    """Return the values of a tile at the texels nearest to (u, v); the tile repeats."""
    mask = len(tile) - 1
    index = (u.floor().int() & mask) * len(tile) + (v.floor().int() & mask)
    return tile.flatten().index_select(0, index.flatten()).view(index.shape)


def _from_sun(angle: Tensor) -> Tensor:
    return (angle - SUN + math.pi) % (2 * math.pi) - math.pi


def _paint(look: Tensor, name: str) -> Tensor:
    return color(look, name)[:, None, None]


def sky(look: Tensor) -> Tensor:
    """Return the panorama of the sky (3, SKY_COLUMNS, SKY_ROWS), clockwise and upward."""
    angle = -(torch.arange(SKY_COLUMNS)[:, None] + 0.5) * (2 * math.pi / SKY_COLUMNS)
    slope = torch.linspace(SKY_LOW, SKY_HIGH, SKY_ROWS)
    up = slope.clamp_min(0)
    sun, horizon, cloud = (_paint(look, name) for name in ("sun", "horizon", "cloud"))
    picture = torch.lerp(horizon, _paint(look, "zenith"), 1 - (-2.6 * up).exp())
    height = math.atan(value(look, "sun_height"))
    far = torch.hypot(_from_sun(angle) * math.cos(height), slope.atan() - height)
    glow = 0.5 * (-far / 0.16).exp() + 0.35 * (-far / 0.7).exp()
    stars = torch.rand(SKY_COLUMNS, SKY_ROWS, generator=torch.Generator().manual_seed(5))
    stars = ((stars - 0.9985) / 0.0015).clamp(0, 1) * up.clamp(0, 0.3) * 3
    picture = picture + value(look, "stars") * stars
    picture = picture + (sun - 0.35 * picture) * glow * 0.9
    # Clouds lie on a plane above the viewer.
    reach = 60 / (up + 0.22)
    u, v = angle.cos() * reach, angle.sin() * reach
    soft = torch.stack([_tile(_CLOUDS, u + p, v + q) for p in (-0.4, 0.4) for q in (-0.4, 0.4)])
    thick = soft.mean(0) + 1.6 * value(look, "clouds") - 1.0
    lit = _tile(_CLOUDS, u + 4 * math.cos(SUN), v + 4 * math.sin(SUN)) - thick
    cover = (thick * 1.6).clamp(0, 1).square() * (up * 9).clamp(0, 1) * 0.85
    shade = torch.lerp(horizon * 0.86, cloud, (0.75 + 0.2 * lit).clamp(0, 1))
    picture = torch.lerp(picture, shade + 0.4 * sun * glow, cover)
    disc = ((0.045 - far) / 0.005).clamp(0, 1) * (1 - 0.6 * cover)
    return torch.lerp(picture, (sun * 1.15).clamp(0, 1), disc).clamp(0, 1)


@dataclass(frozen=True)
class Camera:
    """The place and direction of a camera near the origin of a map."""

    x: float = 0.0  # meters from the map's origin
    y: float = 0.0
    heading: float = 0.0  # radians, counter-clockwise from the zero direction
    pitch: float = 0.0  # slope of the picture's center, upward
    lift: float = 0.0  # meters above the height of a walker's eyes
    origin: tuple[float, float] = (0.0, 0.0)  # the map's origin in the world, for textures


def surface(land: Tensor, look: Tensor) -> Tensor:
    """Return what `draw` samples from a map (CHANNELS, COLUMNS, BINS): layers, wrapped.

    They have twice as many bins as the map.
    """
    tall = land[TREE] / 0.75
    trees = land[TREE] * (TREE_HEIGHT * value(look, "forest"))
    trees = torch.lerp(trees, trees * (0.5 + 0.75 * tall), value(look, "cone"))
    stones = land[STONE] * STONE_HEIGHT
    rise = land[RISE] * DISTANCES
    wood = functional.avg_pool2d(land[None, TREE : TREE + 1], (9, 3), 1, (4, 1))[0, 0]
    layers = torch.stack([
        land[RISE], land[ALTITUDE], trees, stones, land[COVER], wood,
        *_gradient(rise), *_gradient(0.6 * trees + 0.25 * stones),
    ])  # fmt: skip
    fine = functional.interpolate(
        layers[None], (len(ANGLES), 2 * BINS - 1), mode="bicubic", align_corners=True
    )
    fine[:, 2:4].clamp_(min=0)
    return wrap(fine)


def _gradient(height: Tensor) -> tuple[Tensor, Tensor]:
    """Return the slopes of heights (COLUMNS, BINS) along the axes of the world."""
    along = torch.empty_like(height)
    along[:, 1:-1] = (height[:, 2:] - height[:, :-2]) / (DISTANCES[2:] - DISTANCES[:-2])
    along[:, 0], along[:, -1] = along[:, 1], along[:, -2]
    wrapped = torch.cat([height[-1:], height, height[:1]])
    left = (wrapped[:-2] - wrapped[2:]) / (2 * COLUMN * DISTANCES)
    cos, sin = ANGLES.cos()[:, None], ANGLES.sin()[:, None]
    return along * cos - left * sin, along * sin + left * cos


class Fading(NamedTuple):
    """A surface that is still partly shown, while the next one appears."""

    surface: Tensor
    move: tuple[float, float]  # meters from its origin to that of the next surface
    share: float  # 1 shows only this surface


def _around_player(seen: Tensor, x: float, y: float, px: Tensor, py: Tensor) -> Tensor:
    """Return the layers at positions, with heights above the ground of the player at (x, y)."""
    values, distance = sample(seen, px[None], py[None])
    here, _ = sample(seen[:, :1], *torch.tensor([x, y]).float()[:, None, None, None])
    values[0, 0] = values[0, 0] * distance[0] - here * math.hypot(x, y)
    return values[0]


def draw(
    seen: Tensor,
    panorama: Tensor,
    look: Tensor,
    camera: Camera,
    width: int,
    height: int,
    squeeze: int = 2,
    fading: Fading | None = None,
) -> Tensor:
    """Return the picture (height, width, 3) uint8 of a `surface`, in the look it was made for.

    panorama: the sky of the look. squeeze: draws one column for so many pixels.
    """
    columns = width // squeeze
    aside = ((torch.arange(columns) + 0.5) / columns - 0.5) / FOCAL
    angle = camera.heading - aside.atan()
    px = camera.x + angle.cos()[:, None] * _STEPS
    py = camera.y + angle.sin()[:, None] * _STEPS
    parts = _around_player(seen, camera.x, camera.y, px, py)
    if fading is not None:
        dx, dy = fading.move
        old = _around_player(fading.surface, camera.x + dx, camera.y + dy, px + dx, py + dy)
        parts = torch.lerp(parts, old, fading.share)
    slope = (parts[0] + parts[2] + parts[3] - EYE - camera.lift) / _STEPS
    heavens = _sky_columns(panorama, angle)
    land = _colors(look, heavens, angle, slope, parts, px + camera.origin[0], py + camera.origin[1])
    # The rows of a picture are at equal slopes; beside the middle a row's slope is smaller.
    dense = FOCAL * width
    shrink = (1 + aside.square()).rsqrt()[:, None]
    slopes = ((height / 2 - torch.arange(height) - 0.5) / dense + camera.pitch) * shrink
    shown = slope.cummax(1).values
    # How many steps of its column lie below a row: count the steps by the highest row above them.
    over = height / 2 - 0.5 + (shown / shrink - camera.pitch) * dense
    over = over.ceil().clamp_(0, height).long()
    below = torch.zeros(columns, height + 1).scatter_add_(1, over, torch.ones(over.shape))
    after = below[:, :-1].cumsum(1).flip(1)
    open_sky = after >= STEPS
    after = after.clamp_(1, STEPS - 1).long()
    # The side of a tree or a building has its color, not a mixture with the ground before it.
    tall = (parts[2] + parts[3]).clamp(0, 1)
    side = 1 + 6 * tall.diff(dim=1).abs()
    sharp = functional.pad(side / slope.diff(dim=1).clamp_min(1e-5), (1, 0))
    part = (slopes - slope.gather(1, after - 1)).mul_(sharp.gather(1, after)).clamp_(0, 1)
    up = ((slopes - SKY_LOW) * ((SKY_ROWS - 1) / (SKY_HIGH - SKY_LOW))).clamp_(0, SKY_ROWS - 1.01)
    below = up.floor()
    part = torch.where(open_sky, up - below, part)
    index = torch.where(open_sky, below.long() + STEPS, after - 1)
    table = torch.cat([land, heavens], 2)
    index = (index + (torch.arange(columns) * table.shape[2])[:, None]).flatten()
    table = table.flatten(1)
    colors = table.index_select(1, index).view(3, columns, height)
    colors += (table.index_select(1, index + 1).view(3, columns, height) - colors) * part
    # A pixel with an edge in it mixes the colors above and below the edge.
    edge = ((shown.gather(1, after) - slopes) * dense)[:, 1:]  # rows from the pixel's center up
    step = colors.diff(dim=2)
    mixed = colors.clone()
    mixed[:, :, 1:] -= step * (0.5 - edge).clamp_(0, 0.5)
    mixed[:, :, :-1] += step * ((edge - 0.5).clamp_(0, 0.5) * ((edge < 1) & ~open_sky[:, 1:]))
    pixels = (mixed * 255).clamp_(0, 255).byte().transpose(1, 2)[None]
    pixels = pixels.contiguous(memory_format=torch.channels_last)
    return functional.interpolate(pixels, (height, width), mode="bilinear", antialias=True)[
        0
    ].permute(1, 2, 0)


def _sky_columns(panorama: Tensor, angle: Tensor) -> Tensor:
    """Return the sky (3, columns, SKY_ROWS) along directions."""
    at = (-angle / (2 * math.pi)) % 1 * SKY_COLUMNS - 0.5
    left = at.floor()
    share = (at - left)[:, None]
    left = left.long()
    one, other = (panorama.index_select(1, n % SKY_COLUMNS) for n in (left, left + 1))
    return torch.lerp(one, other, share)


def _colors(
    look: Tensor, heavens: Tensor, angle: Tensor, slope: Tensor, parts: Tensor, x: Tensor, y: Tensor
) -> Tensor:
    """Return the colors (3, columns, STEPS) of the sampled positions; (x, y) are in the world."""
    _, altitude, trees, stones, cover, wood, gx, gy, ox, oy = parts
    fine = _tile(_GRAIN, x * 9, y * 9) * (1 - _STEPS / 34).clamp_min(0)
    wide = _tile(_GRAIN, x * 0.7, y * 0.7)

    def paint(name: str) -> Tensor:
        return _paint(look, name)

    def over(land: Tensor, name: str, share: Tensor) -> Tensor:
        return torch.lerp(land, paint(name), share)

    snow = value(look, "snow")
    steep = torch.hypot(gx, gy)
    land = paint("grass").expand(3, *altitude.shape)
    land = over(land, "heath", (0.3 * wide - cover).clamp(0, 1))
    land = over(land, "path", ((0.15 - altitude) * 9).clamp(0, 0.85))  # the beach
    rocky = torch.maximum((steep - 0.5 + 0.1 * wide) * 3, (altitude - snow + 0.16) * 5).clamp(
        0, 0.9
    )
    land = over(land, "rock", rocky)
    snowy = ((altitude - snow + 0.04 * wide) * 25).clamp(0, 1) * (1.7 - steep).clamp(0.25, 1)
    land = over(land, "top", snowy)
    land = over(land, "path", (cover * 1.5 - 0.2).clamp(0, 0.9))
    tree, stone = ((trees - 0.15) * 2.5).clamp(0, 1), ((stones - 0.2) * 2).clamp(0, 1)
    open_ground = (1 - tree) * (1 - stone)
    grid = value(look, "grid")
    if grid:
        line = torch.zeros_like(x)
        for w in (x, y):
            off = ((w / 6) % 1 - 0.5).abs() * 6
            line = torch.maximum(line, (1.5 - off / (0.06 + _STEPS * 0.012)).clamp(0, 1))
        land = over(land, "path", line * (1 - _STEPS / 120).clamp_min(0) * grid)
    # Trees darken the ground around them.
    land = land * (1 + 0.1 * fine - (wood * 0.9).clamp(0, 0.35) * open_ground)
    dry = (0.45 + 0.8 * wide + 0.5 * fine).clamp(0, 1)
    land = torch.lerp(land, torch.lerp(paint("tree"), paint("leaf"), dry), tree)
    land = over(land, "stone", stone)
    sun_slope, ambient = value(look, "sun_height"), value(look, "ambient")
    gx, gy = gx + ox * (1 - open_ground), gy + oy * (1 - open_ground)
    steep = torch.hypot(gx, gy)
    lit = (sun_slope - gx * math.cos(SUN) - gy * math.sin(SUN)) / (1 + steep.square()).sqrt()
    lit = (lit / (0.3 + 0.7 * sun_slope)).clamp(0, 1.25)
    foot = (
        0.7 + 0.3 * ((trees + stones) / 3).clamp(0, 1) + 0.3 * open_ground
    )  # shade near the ground
    light = ambient + (1.02 - ambient) * lit * (0.35 + 0.65 * paint("sun"))
    land = land * light * foot.clamp(0, 1)
    # Water mirrors the sky.
    down = (-slope).clamp(0, 1)
    mirror = 0.12 + 0.7 * (-5.5 * down).exp()
    row = ((down * 1.2 + 0.02 - SKY_LOW) * (SKY_ROWS / (SKY_HIGH - SKY_LOW))).long()
    start = (torch.arange(len(angle)) * SKY_ROWS)[:, None]
    row = (row.clamp_max(SKY_ROWS - 1) + start).flatten()
    above = heavens.flatten(1).index_select(1, row).view(land.shape)
    water = paint("water") * (1 + 0.35 * altitude.clamp(-1, 0) + 0.12 * fine)
    water = torch.lerp(water, above, mirror)
    glitter = (-(_from_sun(angle) / 0.16).square()).exp()[:, None] * (0.4 + fine + wide).clamp(0, 1)
    water = water + 0.6 * glitter * mirror * paint("sun")
    wet = ((0.004 - altitude) * 50).clamp(0, 1) * open_ground
    land = torch.lerp(land, water, wet)
    # Haze takes the color of the sky behind it.
    dim = 1 - (-1.6 * (_STEPS / value(look, "clear")).pow(1.35)).exp()
    behind = heavens[:, :, int(0.13 / (SKY_HIGH - SKY_LOW) * SKY_ROWS), None]
    return torch.lerp(land, torch.lerp(paint("haze"), behind, dim.square()), dim)
