"""A small ray marcher in numpy: distances, materials, sunlight with soft shadows, haze and sky."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Array = NDArray[np.float32]
Distance = Callable[[Array], Array]
Colour = tuple[float, float, float]
Paint = Callable[[Array, Array], Array]
"""From points and normals, each (N, 3), to linear colours (N, 3)."""


def vector(*values: float) -> Array:
    return np.array(values, np.float32)


def unit(vectors: Array) -> Array:
    return vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)


def mix(one: Array, other: Array, amount: Array) -> Array:
    return one + (other - one) * amount[..., None]


def smooth(values: Array, low: float, high: float) -> Array:
    """Return 0 below ``low``, 1 above ``high``, and a smooth step between them."""
    share = np.clip((values - low) / (high - low), 0, 1)
    return share * share * (3 - 2 * share)


def box(points: Array, centre: Array, half: Array, round_by: float = 0.0) -> Array:
    away = np.abs(points - centre) - (half - round_by)
    outside = np.linalg.norm(np.maximum(away, 0), axis=-1)
    return outside + np.minimum(away.max(axis=-1), 0) - round_by


def ball(points: Array, centre: Array, radius: float) -> Array:
    return np.linalg.norm(points - centre, axis=-1) - radius


def rod(points: Array, start: Array, end: Array, radius: float) -> Array:
    """Return the distance to a cylinder with round ends."""
    along, away = end - start, points - start
    share = np.clip(away @ along / (along @ along), 0, 1)
    return np.linalg.norm(away - share[:, None] * along, axis=-1) - radius


def upright(points: Array, base: Array, radius: float, height: float) -> Array:
    """Return the distance to a cylinder that stands on ``base``."""
    away = points - base
    across = np.hypot(away[:, 0], away[:, 2]) - radius
    up = np.abs(away[:, 1] - height / 2) - height / 2
    outside = np.hypot(np.maximum(across, 0), np.maximum(up, 0))
    return outside + np.minimum(np.maximum(across, up), 0)


@dataclass
class Noise:
    """Smooth value noise on a plane that repeats: fast to sample, with an octave for each layer."""

    seed: int
    layers: int = 6
    size: int = 512
    sharpness: float = 0.5
    grid: Array = field(init=False)

    def __post_init__(self) -> None:
        random = np.random.default_rng(self.seed)
        total = np.zeros((self.size, self.size), np.float32)
        amount, norm = 1.0, 0.0
        for layer in range(self.layers):
            cells = 4 << layer
            coarse = random.random((cells, cells), np.float32)
            place = np.arange(self.size, dtype=np.float32) * cells / self.size
            total += amount * _bilinear(coarse, place[None, :], place[:, None], smoothly=True)
            norm += amount
            amount *= self.sharpness
        self.grid = total / norm

    def __call__(self, x: Array, z: Array, scale: float) -> Array:
        """Return values in 0..1; the pattern repeats every ``scale`` metres."""
        return _bilinear(self.grid, x * (self.size / scale), z * (self.size / scale))


def _bilinear(grid: Array, x: Array, y: Array, *, smoothly: bool = False) -> Array:
    size = grid.shape[0]
    x0, y0 = np.floor(x), np.floor(y)
    fx, fy = x - x0, y - y0
    if smoothly:
        fx, fy = fx * fx * (3 - 2 * fx), fy * fy * (3 - 2 * fy)
    i0, j0 = x0.astype(np.int64) % size, y0.astype(np.int64) % size
    i1, j1 = (i0 + 1) % size, (j0 + 1) % size
    low = grid[j0, i0] * (1 - fx) + grid[j0, i1] * fx
    high = grid[j1, i0] * (1 - fx) + grid[j1, i1] * fx
    return np.asarray(low * (1 - fy) + high * fy, np.float32)


@dataclass(frozen=True)
class Thing:
    """A shape and its paint."""

    distance: Distance
    paint: Paint
    shine: float = 0.0
    """The share of the sky that its surface mirrors."""
    bound: tuple[Array, float, float] | None = None
    """The centre and radius of a ball around it, and how far from it the ball stands for it."""


@dataclass(frozen=True)
class Light:
    """The sun or moon, and what the sky adds."""

    direction: Array
    colour: Colour = (1.0, 0.92, 0.8)
    sky: Colour = (0.35, 0.5, 0.75)
    horizon: Colour = (0.75, 0.82, 0.9)
    ambient: float = 0.55
    haze_m: float = 600.0
    disc: float = 0.9995
    clouds: Noise | None = None
    cloud_cover: float = 0.5
    lamps: tuple[tuple[Array, Colour], ...] = ()
    """Point lights: a place, and the colour at a distance of one metre."""
    indoors: bool = False
    corner_m: float = 1.4
    """How far away other surfaces darken a corner."""
    exposure: float = 1.0


@dataclass(frozen=True)
class View:
    """A camera: where it is, what it looks at, and its horizontal field of view."""

    eye: Array
    target: Array
    fov_deg: float = 75.0


def render(
    things: list[Thing],
    light: Light,
    view: View,
    width: int,
    height: int,
    far_m: float = 900.0,
    step: float = 0.9,
    steps: int = 220,
) -> Image.Image:
    """Return a picture, drawn a quarter larger and made smaller, which smooths its edges."""
    wide, high = width * 5 // 4, height * 5 // 4
    rays = _rays(view, wide, high)
    colours = np.empty((len(rays), 3), np.float32)
    for start in range(0, len(rays), 60_000):
        part = slice(start, start + 60_000)
        eyes = np.broadcast_to(view.eye, rays[part].shape)
        colours[part] = _trace(things, light, eyes, rays[part], far_m, step, steps, 1)
    colours *= light.exposure
    toned = colours * (2.51 * colours + 0.03) / (colours * (2.43 * colours + 0.59) + 0.14)
    srgb = np.clip(toned, 0, 1) ** (1 / 2.2)
    large = Image.fromarray((srgb.reshape(high, wide, 3) * 255 + 0.5).astype(np.uint8))
    return large.resize((width, height), Image.Resampling.LANCZOS)


def _rays(view: View, width: int, height: int) -> Array:
    """Return a unit direction for each pixel: (height * width, 3)."""
    forward = unit(view.target - view.eye)
    right = unit(np.cross(forward, vector(0, 1, 0)))
    up = np.cross(right, forward)
    reach = np.tan(np.radians(view.fov_deg) / 2)
    x = (np.arange(width) + 0.5) / width * 2 - 1
    y = (1 - (np.arange(height) + 0.5) / height * 2) * height / width
    rays = forward + reach * (x[None, :, None] * right + y[:, None, None] * up)
    return unit(rays.reshape(-1, 3).astype(np.float32))


def _nearest(things: list[Thing], points: Array) -> tuple[Array, NDArray[np.intp]]:
    distances = np.stack([_distance(thing, points) for thing in things])
    which = distances.argmin(axis=0)
    return distances[which, np.arange(len(points))], which


def _distance(thing: Thing, points: Array) -> Array:
    if thing.bound is None:
        return thing.distance(points)
    centre, radius, margin = thing.bound
    away = np.linalg.norm(points - centre, axis=-1) - radius
    close = away < margin
    if close.any():
        away[close] = thing.distance(points[close])
    return away


def _march(
    things: list[Thing], origins: Array, rays: Array, far_m: float, step: float, steps: int
) -> Array:
    """Return how far each ray goes, (N,); ``far_m`` if it meets nothing."""
    gone = np.full(len(rays), 0.02, np.float32)
    active = np.arange(len(rays))
    for _ in range(steps):
        points = origins[active] + gone[active, None] * rays[active]
        near, _which = _nearest(things, points)
        hit = near < 0.0006 * gone[active] + 0.0004
        gone[active] += np.where(hit, 0, near * step)
        active = active[~hit & (gone[active] < far_m)]
        if not len(active):
            break
    return np.minimum(gone, far_m)


def _shadow(things: list[Thing], points: Array, towards: Array, reach_m: float) -> Array:
    """Return the share of a light that reaches each point: soft at the edge of a shadow."""
    share = np.ones(len(points), np.float32)
    gone = np.full(len(points), 0.05, np.float32)
    active = np.arange(len(points))
    for _ in range(48):
        ray = towards if towards.ndim == 1 else towards[active]
        near, _which = _nearest(things, points[active] + gone[active, None] * ray)
        share[active] = np.minimum(share[active], np.clip(14 * near / gone[active], 0, 1))
        gone[active] += np.clip(near, 0.03, 8.0)
        active = active[(share[active] > 0.01) & (gone[active] < reach_m)]
        if not len(active):
            break
    return share


def _trace(
    things: list[Thing],
    light: Light,
    origins: Array,
    rays: Array,
    far_m: float,
    step: float,
    steps: int,
    mirrors: int,
) -> Array:
    gone = _march(things, origins, rays, far_m, step, steps)
    colours = sky_of(light, rays)
    met = gone < far_m
    if not met.any():
        return colours
    points = (origins + gone[:, None] * rays)[met]
    _, which = _nearest(things, points)
    normals = _normals(things, points, gone[met])
    lit = np.zeros((len(points), 3), np.float32)
    shine = np.zeros(len(points), np.float32)
    for index, thing in enumerate(things):
        mine = which == index
        if mine.any():
            lit[mine] = thing.paint(points[mine], normals[mine])
            shine[mine] = thing.shine
    above = points + normals * (0.01 + 0.002 * gone[met])[:, None]
    open_sky = _openness(things, points, normals, light.corner_m)
    lit *= _irradiance(things, light, above, normals, open_sky)
    if mirrors and (shine > 0).any():
        facing = -(normals * rays[met]).sum(-1).clip(-1, 0)
        fresnel = shine * (0.25 + 0.75 * (1 - facing) ** 4)
        bounced = rays[met] - 2 * (rays[met] * normals).sum(-1, keepdims=True) * normals
        glossy = shine > 0
        seen = _trace(
            things, light, above[glossy], bounced[glossy], far_m, step, steps // 2, mirrors - 1
        )
        lit[glossy] = mix(lit[glossy], seen, fresnel[glossy])
    if not light.indoors:
        veil = 1 - np.exp(-((gone[met] / light.haze_m) ** 1.5))
        flat = rays[met] * vector(1, 0, 1) + vector(0, 0.02, 0)
        lit = mix(lit, sky_of(light, unit(flat), disc=False), veil)
    colours[met] = lit
    return colours


def _normals(things: list[Thing], points: Array, gone: Array) -> Array:
    reach = (0.0015 + 0.0008 * gone)[:, None]
    normals = np.zeros_like(points)
    for corner in ((1, -1, -1), (-1, -1, 1), (-1, 1, -1), (1, 1, 1)):
        offset = vector(*corner)
        near, _which = _nearest(things, points + reach * offset)
        normals += near[:, None] * offset
    return unit(normals + 1e-9)


def _openness(things: list[Thing], points: Array, normals: Array, corner_m: float) -> Array:
    """Return how much of the sky each point sees, from the distances along its normal."""
    hidden = np.zeros(len(points), np.float32)
    weight = 1.0
    for reach in corner_m * vector(0.06, 0.18, 0.43, 1):
        near, _which = _nearest(things, points + normals * reach)
        hidden += weight * np.clip(reach - near, 0, None) / reach
        weight *= 0.6
    return np.clip(1 - 0.55 * hidden, 0.12, 1)


def _irradiance(
    things: list[Thing], light: Light, points: Array, normals: Array, open_sky: Array
) -> Array:
    facing = np.clip(normals @ light.direction, 0, 1)
    sunny = facing > 0
    sun = np.zeros(len(points), np.float32)
    sun[sunny] = facing[sunny] * _shadow(things, points[sunny], light.direction, 120.0)
    up = 0.5 + 0.5 * normals[:, 1]
    total = sun[:, None] * vector(*light.colour)
    ground = 0.35 * vector(*light.horizon)
    dome = mix(
        np.broadcast_to(ground, points.shape), np.broadcast_to(vector(*light.sky), points.shape), up
    )
    total = total + light.ambient * open_sky[:, None] * dome
    for place, colour in light.lamps:
        away = place - points
        distance = np.linalg.norm(away, axis=-1)
        ray = away / distance[:, None]
        facing = np.clip((normals * ray).sum(-1), 0, 1)
        lit = facing > 0
        share = np.zeros(len(points), np.float32)
        share[lit] = _lamp_shadow(things, points[lit], ray[lit], distance[lit])
        total = total + (facing * share / (0.3 + distance**2))[:, None] * vector(*colour)
    return np.asarray(total, np.float32)


def _lamp_shadow(things: list[Thing], points: Array, rays: Array, distance: Array) -> Array:
    share = np.ones(len(points), np.float32)
    gone = np.full(len(points), 0.03, np.float32)
    active = np.arange(len(points))
    for _ in range(40):
        near, _which = _nearest(things, points[active] + gone[active, None] * rays[active])
        share[active] = np.minimum(share[active], np.clip(10 * near / gone[active], 0, 1))
        gone[active] += np.clip(near, 0.02, 2.0)
        active = active[(share[active] > 0.01) & (gone[active] < distance[active] - 0.15)]
        if not len(active):
            break
    return share


def sky_of(light: Light, rays: Array, *, disc: bool = True) -> Array:
    """Return the colour of the sky in each direction."""
    if light.indoors:
        return np.broadcast_to(vector(*light.sky), rays.shape).copy()
    up = np.clip(rays[:, 1], 0, 1)
    base = mix(
        np.broadcast_to(vector(*light.horizon), rays.shape),
        np.broadcast_to(vector(*light.sky), rays.shape),
        up**0.45,
    )
    towards = np.clip(rays @ light.direction, 0, 1)
    base = base + (0.35 * towards**8 + 0.5 * towards**64)[:, None] * vector(*light.colour) * 0.6
    if light.clouds is not None:
        height = 1 / np.maximum(rays[:, 1] + 0.08, 0.05)
        drift = light.clouds(rays[:, 0] * height, rays[:, 2] * height, 9.0)
        cover = smooth(drift, light.cloud_cover, light.cloud_cover + 0.22)
        cover = cover * smooth(rays[:, 1], 0.02, 0.2)
        bright = 0.55 * vector(*light.colour) + 0.5 * vector(*light.horizon)
        base = mix(
            base, np.broadcast_to(bright, rays.shape) * (1.15 - 0.35 * cover[:, None]), 0.85 * cover
        )
    if disc:
        base = base + smooth(towards, light.disc, light.disc + 0.0003)[:, None] * 6 * vector(
            *light.colour
        )
    return np.asarray(base, np.float32)
