"""The scenes of the start pictures: open country, streets, rooms and tables with a robot's arm."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from march import (
    Array,
    Colour,
    Light,
    Noise,
    Thing,
    View,
    ball,
    box,
    mix,
    rod,
    smooth,
    unit,
    upright,
    vector,
)

Scene = tuple[list[Thing], Light, View]

_ROUGH = Noise(3, 6, 2048, 0.5)
_FINE = Noise(4, 5, 512, 0.6)


def within(x: float, y: float, z: float, radius: float, thing: Thing, margin: float = 0.5) -> Thing:
    """Return the thing with a ball around it, which saves most evaluations of its distance."""
    return replace(thing, bound=(vector(x, y, z), radius, margin))


def plain(colour: Colour, mottle: float = 0.12, scale: float = 1.7):
    """Return a paint of one colour with soft mottling."""

    def paint(points: Array, normals: Array) -> Array:
        spots = _FINE(points[:, 0] + 0.7 * points[:, 1], points[:, 2] - 0.6 * points[:, 1], scale)
        return vector(*colour) * (1 + mottle * (spots - 0.5) * 2)[:, None]

    return paint


def bands(one: Colour, other: Colour, width: float, axis: int = 0, line: float = 0.04):
    """Return a paint of boards or stones with dark joints between them."""

    def paint(points: Array, normals: Array) -> Array:
        along = points[:, axis] / width
        board = np.floor(along)
        tone = np.modf(np.sin(board * 91.7) * 4375.85)[0] * 0.5 + 0.5
        grain = _FINE(points[:, 0] * (1 if axis else 9), points[:, 2] * (9 if axis else 1), 6.0)
        colour = mix(
            np.broadcast_to(vector(*one), points.shape),
            np.broadcast_to(vector(*other), points.shape),
            np.abs(tone) * 0.6 + 0.4 * grain,
        )
        joint = smooth(np.minimum(along - board, 1 - along + board), 0, line)
        return colour * (0.45 + 0.55 * joint)[:, None]

    return paint


def bricks(colour: Colour, width: float, height: float):
    """Return a paint of courses of bricks on upright walls."""

    def paint(points: Array, normals: Array) -> Array:
        across = np.where(np.abs(normals[:, 0]) > 0.6, points[:, 2], points[:, 0])
        row = np.floor(points[:, 1] / height)
        column = across / width + 0.5 * (row % 2)
        tone = np.modf(np.sin(np.floor(column) * 12.9 + row * 78.2) * 43758.5)[0]
        up = points[:, 1] / height - row
        side = column - np.floor(column)
        joint = smooth(np.minimum(side, 1 - side) * width, 0, 0.03)
        joint = joint * smooth(np.minimum(up, 1 - up) * height, 0, 0.03)
        shade = (0.72 + 0.28 * joint) * (1 + 0.12 * tone)
        return vector(*colour) * shade[:, None]

    return paint


def ground(height, paint, slope: float = 0.65) -> Thing:
    """Return a terrain: ``height`` maps x and z to y."""
    return Thing(lambda p: (p[:, 1] - height(p[:, 0], p[:, 2])) * slope, paint)


def water(level: float, colour: Colour, ripples: float = 0.02) -> Thing:
    def distance(points: Array) -> Array:
        waves = _FINE(points[:, 0], points[:, 2] * 1.7, 14.0) - 0.5
        return points[:, 1] - level - ripples * waves

    return Thing(distance, plain(colour, 0.03), shine=0.85)


def scattered(points: Array, cell: float, seed: int) -> tuple[Array, Array, Array, Array]:
    """Return for each point the nearest place of a jittered grid: x, z, a number in 0..1, reach.

    ``reach`` is how far a ray may go without passing into another cell.
    """
    column, row = np.floor(points[:, 0] / cell), np.floor(points[:, 2] / cell)
    pick = np.modf(np.abs(np.sin(column * 127.1 + row * 311.7 + seed) * 43758.547))[0]
    turn = np.modf(pick * 917.3)[0] * 2 * np.pi
    x = (column + 0.5 + 0.22 * np.cos(turn)) * cell
    z = (row + 0.5 + 0.22 * np.sin(turn)) * cell
    return x, z, pick, np.full(len(points), cell * 0.28, np.float32)


def firs(
    height, share, cell: float = 7.0, tall: float = 8.0, seed: int = 0, snow: float = 0.0
) -> Thing:
    """Return conifers on a terrain; ``share`` maps x and z to how many cells have one."""

    def distance(points: Array) -> Array:
        x, z, pick, reach = scattered(points, cell, seed)
        foot = height(x, z)
        up = points[:, 1] - foot
        size = tall * (0.6 + 0.6 * np.modf(pick * 57.3)[0])
        across = np.hypot(points[:, 0] - x, points[:, 2] - z)
        tiers = 0.12 * size * (0.5 + 0.5 * np.cos(up / size * 34)) * np.clip(1.1 - up / size, 0, 1)
        cone = (across - (0.30 * (size - up)).clip(0) * 0.75 + tiers * 0.35) * 0.7
        cone = np.maximum(cone, np.maximum(up - size, 0.12 * size - up))
        trunk = np.maximum(across - 0.03 * size, up - 0.3 * size)
        tree = np.minimum(cone, trunk)
        there = (pick < share(x, z)) & (np.abs(points[:, 1] - foot) < 60)
        return np.where(there, np.minimum(tree, np.maximum(reach, 0.05)), np.maximum(reach, 0.3))

    def paint(points: Array, normals: Array) -> Array:
        _, _, pick, _ = scattered(points, cell, seed)
        tone = 0.7 + 0.6 * np.modf(pick * 31.7)[0]
        leaf = vector(0.05, 0.13, 0.05) * tone[:, None]
        return mix(leaf, np.ones_like(points) * 0.85, snow * smooth(normals[:, 1], 0.1, 0.6))

    return Thing(distance, paint)


def crowns(height, share, colours, cell: float = 9.0, tall: float = 6.0, seed: int = 5) -> Thing:
    """Return round trees on a terrain, each in one of ``colours``."""

    def distance(points: Array) -> Array:
        x, z, pick, reach = scattered(points, cell, seed)
        foot = height(x, z)
        size = tall * (0.7 + 0.5 * np.modf(pick * 57.3)[0])
        away = np.stack([points[:, 0] - x, points[:, 1] - foot - 0.68 * size, points[:, 2] - z], -1)
        lumps = (
            _FINE(points[:, 0] + points[:, 1] * 0.9, points[:, 2] - points[:, 1] * 0.8, 5.0) - 0.5
        )
        crown = (
            np.linalg.norm(away * vector(1, 1.1, 1), axis=-1) - 0.36 * size - 0.9 * lumps
        ) * 0.6
        across = np.hypot(away[:, 0], away[:, 2])
        trunk = np.maximum(across - 0.045 * size, points[:, 1] - foot - 0.6 * size)
        there = pick < share(x, z)
        tree = np.minimum(crown, np.maximum(trunk, foot - points[:, 1] - 1))
        return np.where(there, np.minimum(tree, np.maximum(reach, 0.05)), np.maximum(reach, 0.3))

    def paint(points: Array, normals: Array) -> Array:
        x, z, pick, _ = scattered(points, cell, seed)
        chosen = np.array(colours, np.float32)[(pick * 997).astype(int) % len(colours)]
        size = tall * (0.7 + 0.5 * np.modf(pick * 57.3)[0])
        low = smooth(points[:, 1] - height(x, z), 0.25 * size, 0.34 * size)
        return mix(np.broadcast_to(vector(0.12, 0.08, 0.05), points.shape), chosen, low)

    return Thing(distance, paint)


def hills(x: Array, z: Array, scale: float, high: float, sharp: bool = False) -> Array:
    rough = _ROUGH(x, z, scale)
    if sharp:
        rough = 1 - np.abs(rough * 2 - 1) ** 0.85
    return (rough - 0.5) * 2 * high


def sun(turn_deg: float, up_deg: float) -> Array:
    turn, up = np.radians(turn_deg), np.radians(up_deg)
    return vector(np.cos(up) * np.sin(turn), np.sin(up), -np.cos(up) * np.cos(turn))


def _land(
    height, grass: Colour, rock: Colour, top: Colour | None = None, top_m: float = 0, path=None
):
    """Return the paint of a terrain: grass, rock where it is steep, another colour high up."""

    def paint(points: Array, normals: Array) -> Array:
        fine = _FINE(points[:, 0], points[:, 2], 7.0)
        broad = _FINE(points[:, 0], points[:, 2], 90.0)
        base = vector(*grass) * (0.7 + 0.45 * fine + 0.3 * (broad - 0.5))[:, None]
        stone = (
            vector(*rock)
            * (0.65 + 0.7 * _FINE(points[:, 0] + points[:, 1], points[:, 2], 11.0))[:, None]
        )
        colour = mix(base, stone, smooth(1 - normals[:, 1], 0.16, 0.34))
        if top is not None:
            high = smooth(points[:, 1] + 14 * (broad - 0.5), top_m, top_m + 10)
            colour = mix(
                colour,
                np.broadcast_to(vector(*top), points.shape),
                high * smooth(normals[:, 1], 0.45, 0.7),
            )
        if path is not None:
            tread = smooth(np.abs(points[:, 0] - path(points[:, 2])), 0.9, 0.5)
            colour = mix(colour, vector(0.36, 0.27, 0.17) * (0.7 + 0.5 * fine)[:, None], tread)
        return colour

    return paint


def alpine_lake() -> Scene:
    def height(x: Array, z: Array) -> Array:
        ridge = (
            95
            * smooth(np.hypot(x - 20, z + 60), 90, 330)
            * (0.25 + 1.5 * (hills(x, z, 420, 1, True) * 0.5 + 0.5))
        )
        return ridge + hills(x, z, 160, 7) - 4.5 + 5 * smooth(z, -40, 12)

    paint = _land(height, (0.10, 0.19, 0.05), (0.24, 0.23, 0.23), (0.86, 0.89, 0.95), 72)
    shore = lambda x, z: 0.55 * smooth(height(x, z), 0.6, 3) * (1 - smooth(height(x, z), 30, 52))  # noqa: E731
    things = [ground(height, paint, 0.55), firs(height, shore), water(-0.5, (0.02, 0.07, 0.08))]
    light = Light(
        sun(-48, 32),
        sky=(0.2, 0.42, 0.78),
        horizon=(0.72, 0.82, 0.92),
        haze_m=1300,
        clouds=Noise(11, 6),
        cloud_cover=0.52,
    )
    return things, light, View(vector(0, 5.2, 34), vector(8, 13, -60), 72)


def dunes() -> Scene:
    def height(x: Array, z: Array) -> Array:
        swell = np.abs(np.modf((x * 0.6 + z * 0.35 + 22 * _ROUGH(x, z, 260)) / 46)[0])
        return 11 * np.where(swell < 0.72, swell / 0.72, (1 - swell) / 0.28) + hills(x, z, 380, 11)

    def paint(points: Array, normals: Array) -> Array:
        ripple = 0.5 + 0.5 * np.sin(
            points[:, 0] * 5 + points[:, 2] * 3 + 9 * _FINE(points[:, 0], points[:, 2], 30.0)
        )
        return vector(0.62, 0.38, 0.17) * (0.86 + 0.14 * ripple)[:, None]

    light = Light(
        sun(64, 17),
        colour=(1.3, 0.86, 0.5),
        sky=(0.25, 0.42, 0.7),
        horizon=(0.95, 0.78, 0.58),
        haze_m=900,
    )
    return [ground(height, paint, 0.6)], light, View(vector(4, 25, 20), vector(26, 11, -60), 74)


def autumn_valley() -> Scene:
    def path(z: Array) -> Array:
        return 5 * np.sin(z / 21) + 2.2 * np.sin(z / 8 + 1)

    def height(x: Array, z: Array) -> Array:
        bank = 26 * smooth(np.abs(x - path(z)), 7, 95)
        return bank * (0.5 + _ROUGH(x, z, 210)) + hills(x, z, 70, 1.1) * smooth(
            np.abs(x - path(z)), 0.6, 6
        )

    wood = lambda x, z: 0.75 * smooth(np.abs(x - path(z)), 9, 18)  # noqa: E731
    leaves = [
        (0.42, 0.15, 0.03),
        (0.5, 0.27, 0.03),
        (0.3, 0.08, 0.03),
        (0.2, 0.2, 0.04),
        (0.55, 0.34, 0.05),
    ]
    things = [
        ground(height, _land(height, (0.2, 0.19, 0.06), (0.24, 0.2, 0.16), path=path)),
        crowns(height, wood, leaves),
    ]
    light = Light(
        sun(28, 24),
        colour=(1.25, 0.98, 0.68),
        sky=(0.3, 0.47, 0.72),
        horizon=(0.9, 0.84, 0.72),
        haze_m=520,
        clouds=Noise(21, 6),
        cloud_cover=0.5,
    )
    return things, light, View(vector(4.4, 2.6, 20), vector(0, 5.5, -40), 74)


def sea_cliffs() -> Scene:
    def height(x: Array, z: Array) -> Array:
        coast = x + 16 * np.sin(z / 34) + 42 * (_ROUGH(x, z, 190) - 0.5)
        return (
            -7
            + 27 * smooth(coast, 2, 11)
            + 4 * (_ROUGH(x, z, 60) - 0.5)
            + 9 * smooth(coast, 20, 130)
        )

    paint = _land(height, (0.16, 0.22, 0.07), (0.35, 0.29, 0.23))
    things = [ground(height, paint, 0.42), water(-1.5, (0.02, 0.08, 0.11), 0.12)]
    light = Light(
        sun(-26, 7),
        colour=(1.7, 0.8, 0.4),
        sky=(0.22, 0.28, 0.52),
        horizon=(1.0, 0.6, 0.4),
        ambient=0.7,
        haze_m=480,
        clouds=Noise(31, 6),
        cloud_cover=0.47,
    )
    return things, light, View(vector(21, 24.5, 30), vector(-14, 12, -70), 76)


def snow_moon() -> Scene:
    def height(x: Array, z: Array) -> Array:
        return hills(x, z, 330, 30, True) * smooth(-z, -10, 140) + hills(x, z, 90, 2.5)

    def paint(points: Array, normals: Array) -> Array:
        stone = smooth(1 - normals[:, 1], 0.32, 0.5)
        return mix(
            np.ones_like(points) * vector(0.8, 0.85, 0.95),
            np.ones_like(points) * vector(0.14, 0.15, 0.18),
            stone,
        )

    wood = lambda x, z: 0.4 * smooth(_ROUGH(x, z, 120), 0.45, 0.6)  # noqa: E731
    light = Light(
        sun(38, 36),
        colour=(0.42, 0.5, 0.68),
        sky=(0.015, 0.03, 0.09),
        horizon=(0.1, 0.16, 0.28),
        ambient=0.8,
        haze_m=420,
        disc=0.9994,
        exposure=1.5,
    )
    return (
        [ground(height, paint, 0.6), firs(height, wood, 8, 8, 3, 0.75)],
        light,
        View(vector(0, 5.5, 16), vector(10, 10, -60), 70),
    )


def meadow_tower() -> Scene:
    def path(z: Array) -> Array:
        return 0.18 * z + 4.5 * np.sin(z / 13)

    def height(x: Array, z: Array) -> Array:
        mound = 9.0 * np.exp(-((x + 6) ** 2 + (z + 46) ** 2) / 500)
        far = 55 * smooth(-z, 120, 420) * (0.3 + _ROUGH(x, z, 300))
        return mound + far + hills(x, z, 120, 2.4) + hills(x, z, 30, 0.25)

    place = vector(-6, float(height(vector(-6), vector(-46))[0]) - 0.5, -46)
    tower = Thing(
        lambda p: np.minimum(
            np.maximum(upright(p, place, 3.4, 15), -upright(p, place + vector(0, 12.8, 0), 2.7, 4)),
            np.maximum(
                upright(p, place + vector(0, 13, 0), 3.9, 2.6),
                -np.minimum(
                    upright(p, place + vector(0, 13.4, 0), 3.1, 4),
                    np.where(
                        np.modf(np.abs(np.arctan2(p[:, 0] - place[0], p[:, 2] - place[2])) * 2.6)[0]
                        < 0.45,
                        14.6 + place[1] - p[:, 1],
                        9.0,
                    ),
                ),
            ),
        ),
        bricks((0.4, 0.36, 0.31), 0.9, 0.42),
    )
    flowers = Noise(51, 6)

    def paint(points: Array, normals: Array) -> Array:
        colour = _land(height, (0.13, 0.26, 0.05), (0.28, 0.26, 0.22), path=path)(points, normals)
        bloom = smooth(flowers(points[:, 0], points[:, 2], 2.6), 0.66, 0.7) * smooth(
            _FINE(points[:, 0], points[:, 2], 60.0), 0.45, 0.6
        )
        bloom = bloom * smooth(np.abs(points[:, 0] - path(points[:, 2])), 0.9, 1.6)
        kind = np.modf(np.floor(points[:, 0] * 2) * 0.37 + np.floor(points[:, 2] * 2) * 0.71)[0]
        petals = np.where(
            (kind % 1 < 0.5)[:, None], vector(0.75, 0.55, 0.08), vector(0.65, 0.12, 0.16)
        )
        return mix(colour, petals, 0.85 * bloom)

    def wood(x, z):
        return (
            0.30
            * smooth(np.abs(x - path(z)), 9, 20)
            * (1 - smooth(np.hypot(x + 6, z + 46), 30, 15))
        )

    things = [
        ground(height, paint),
        tower,
        crowns(height, wood, [(0.08, 0.17, 0.04), (0.12, 0.22, 0.05)], 12, 7),
    ]
    light = Light(
        sun(-60, 42),
        sky=(0.18, 0.4, 0.8),
        horizon=(0.75, 0.85, 0.95),
        haze_m=360,
        clouds=Noise(41, 6),
        cloud_cover=0.48,
    )
    return things, light, View(vector(5, 3.4, 16), vector(-4, 7.5, -46), 70)


def house(
    x: float, z: float, wide: float, deep: float, high: float, colour: Colour, roof: Colour
) -> list[Thing]:
    """Return a house with a gable roof, windows and a door on the side of the street."""
    centre, half = vector(x, high / 2, z), vector(wide / 2, high / 2, deep / 2)
    side = -np.sign(x) if x else 1.0

    def gable(points: Array) -> Array:
        up = points[:, 1] - high
        away = np.abs(points[:, 2] - z)
        slope = (up * 0.8 + away * 0.62 - deep * 0.33) * 0.9
        return np.maximum(np.maximum(slope, -up), np.abs(points[:, 0] - x) - wide / 2 - 0.3)

    def panes(points: Array) -> Array:
        across = (points[:, 2] - z + deep / 2) % 2.6 - 1.3
        up = (points[:, 1] + 1.3) % 3.0 - 1.5
        window = np.maximum(np.abs(across) - 0.55, np.abs(up) - 0.8)
        inside = np.maximum(np.abs(points[:, 2] - z) - deep / 2 + 0.7, points[:, 1] - high + 0.5)
        face = np.abs(points[:, 0] - (x + side * wide / 2)) - 0.05
        return np.maximum(np.maximum(window, inside), np.maximum(face, 0.9 - points[:, 1]))

    def frames(points: Array) -> Array:
        return np.maximum(panes(points) - 0.12, np.abs(points[:, 0] - (x + side * wide / 2)) - 0.04)

    bound = (centre + vector(0, 1, 0), float(np.linalg.norm(half)) + 2, 1.4)
    return [
        Thing(lambda p: box(p, centre, half), plain(colour, 0.06)),
        Thing(
            gable, bands(roof, (roof[0] * 0.6, roof[1] * 0.6, roof[2] * 0.6), 0.5, 1), 0.0, bound
        ),
        Thing(frames, plain((0.7, 0.68, 0.62), 0.02), 0.0, bound),
        Thing(panes, plain((0.05, 0.07, 0.09), 0.02), 0.7, bound),
    ]


def street() -> Scene:
    cobbles = Noise(61, 6)

    def road(points: Array, normals: Array) -> Array:
        row = np.floor(points[:, 2] / 0.22)
        side = np.modf(np.abs(points[:, 0] / 0.3 + 0.5 * (row % 2)))[0]
        up = np.modf(np.abs(points[:, 2] / 0.22))[0]
        joint = smooth(np.minimum(np.minimum(side, 1 - side), np.minimum(up, 1 - up)), 0.02, 0.14)
        tone = 0.75 + 0.5 * cobbles(points[:, 0], points[:, 2], 6.0)
        stone = vector(0.22, 0.2, 0.18) * (tone * (0.5 + 0.5 * joint))[:, None]
        return mix(
            stone, vector(0.34, 0.31, 0.28) * tone[:, None], smooth(np.abs(points[:, 0]), 3.5, 3.55)
        )

    things = [Thing(lambda p: p[:, 1] - 0.14 * (np.abs(p[:, 0]) > 3.5), road)]
    walls = [
        (0.62, 0.42, 0.27),
        (0.66, 0.58, 0.44),
        (0.5, 0.25, 0.2),
        (0.6, 0.62, 0.58),
        (0.7, 0.5, 0.2),
    ]
    for number in range(5):
        z = -number * 10.5
        tall = 7.4 + (number * 7 % 5) * 0.7
        things += house(-9.2, z, 7.5, 10, tall, walls[number], (0.35, 0.13, 0.08))
        things += house(
            9.2, z - 4, 7.5, 10, 13.2 - tall * 0.7, walls[(number + 2) % 5], (0.25, 0.14, 0.1)
        )
    for z in (4.0, -10.0, -24.0):
        foot = vector(4.2, 0, z)
        things.append(
            Thing(
                lambda p, f=foot: np.minimum(
                    rod(p, f, f + vector(0, 3.4, 0), 0.06), ball(p, f + vector(0, 3.6, 0), 0.22)
                ),
                plain((0.06, 0.07, 0.07)),
                0.0,
                (foot + vector(0, 1.8, 0), 2.3, 1.4),
            )
        )
    light = Light(
        sun(34, 36),
        colour=(1.2, 1.02, 0.8),
        sky=(0.22, 0.44, 0.78),
        horizon=(0.8, 0.85, 0.9),
        haze_m=300,
        clouds=Noise(71, 6),
        cloud_cover=0.52,
    )
    return things, light, View(vector(-1.0, 1.75, 12), vector(0.8, 2.9, -30), 74)


def arcade() -> Scene:
    """A paved square in front of a row of arches and a tower."""

    def paving(points: Array, normals: Array) -> Array:
        checks = (np.floor(points[:, 0] / 1.6) + np.floor(points[:, 2] / 1.6)) % 2
        tone = 0.85 + 0.3 * _FINE(points[:, 0], points[:, 2], 5.0)
        return (
            mix(
                np.ones_like(points) * vector(0.5, 0.42, 0.33),
                np.ones_like(points) * vector(0.36, 0.29, 0.24),
                checks,
            )
            * tone[:, None]
        )

    def arches(points: Array) -> Array:
        wall = box(points, vector(0, 4.2, -24), vector(34, 4.2, 3.2))
        x = (points[:, 0] + 2.6) % 5.2 - 2.6
        up = points[:, 1]
        hole = np.where(up > 3.4, np.hypot(x, up - 3.4) - 1.75, np.abs(x) - 1.75)
        upper = np.maximum(np.abs((points[:, 0] + 1.3) % 2.6 - 1.3) - 0.42, np.abs(up - 6.9) - 0.6)
        return (
            np.maximum(
                np.maximum(wall, -np.maximum(hole, -25.5 - points[:, 2])),
                -np.maximum(upper, -21.8 - points[:, 2]),
            )
            * 0.8
        )

    things = [
        Thing(lambda p: p[:, 1], paving, shine=0.1),
        Thing(arches, bricks((0.58, 0.42, 0.29), 1.1, 0.5)),
        Thing(
            lambda p: box(p, vector(0, 8.7, -24), vector(34.6, 0.3, 3.8)), plain((0.5, 0.4, 0.3))
        ),
        Thing(
            lambda p: box(p, vector(15, 11, -34), vector(3, 11, 3)),
            bricks((0.55, 0.36, 0.26), 1.1, 0.5),
        ),
        Thing(
            lambda p: np.maximum(
                (np.abs(p[:, 0] - 15) + np.abs(p[:, 2] + 34) + (p[:, 1] - 28) * 0.7) * 0.55,
                22 - p[:, 1],
            ),
            plain((0.3, 0.16, 0.12)),
        ),
        Thing(
            lambda p: np.minimum(
                upright(p, vector(-6, 0, -9), 2.4, 0.6), upright(p, vector(-6, 0, -9), 0.35, 2.2)
            ),
            plain((0.45, 0.43, 0.4)),
        ),
        Thing(
            lambda p: upright(p, vector(-6, 0.45, -9), 2.1, 0.2),
            plain((0.03, 0.1, 0.12)),
            shine=0.8,
        ),
    ]
    light = Light(
        sun(-118, 30),
        colour=(1.35, 1.05, 0.72),
        sky=(0.16, 0.36, 0.72),
        horizon=(0.8, 0.82, 0.85),
        haze_m=420,
        clouds=Noise(81, 6),
        cloud_cover=0.56,
    )
    return things, light, View(vector(7, 1.75, 9), vector(-1.5, 4.6, -24), 76)


def room() -> Scene:
    """A living room in the light of two windows."""

    def shell(points: Array) -> Array:
        inside = -box(points, vector(0, 1.45, 0), vector(3.4, 1.45, 4.2))
        window = np.minimum(
            box(points, vector(-3.4, 1.6, -1.8), vector(0.5, 0.75, 0.8)),
            box(points, vector(-3.4, 1.6, 1.0), vector(0.5, 0.75, 0.8)),
        )
        return np.maximum(np.minimum(inside, 9.0), -window)

    def paint(points: Array, normals: Array) -> Array:
        walls = np.broadcast_to(vector(0.72, 0.66, 0.56), points.shape)
        boards = bands((0.42, 0.25, 0.13), (0.3, 0.16, 0.08), 0.16, 0)(points, normals)
        return mix(
            mix(walls, boards, points[:, 1] < 0.02),
            np.ones_like(points) * 0.82,
            points[:, 1] > 2.88,
        )

    sofa = [
        (vector(1.9, 0.28, -1.7), vector(0.55, 0.22, 1.2)),
        (vector(2.5, 0.55, -1.7), vector(0.18, 0.45, 1.3)),
        (vector(1.9, 0.4, -3.0), vector(0.6, 0.35, 0.16)),
        (vector(1.9, 0.4, -0.4), vector(0.6, 0.35, 0.16)),
    ]
    things = [
        Thing(shell, paint, shine=0.08),
        within(
            2.0,
            0.5,
            -1.7,
            1.75,
            Thing(
                lambda p: np.min([box(p, c, h, 0.09) for c, h in sofa], axis=0),
                plain((0.1, 0.22, 0.26), 0.1, 0.6),
            ),
        ),
        Thing(
            lambda p: box(p, vector(0.2, 0.01, -1.6), vector(1.2, 0.012, 1.6)),
            bands((0.5, 0.14, 0.1), (0.62, 0.5, 0.34), 0.3, 1, 0.1),
        ),
        within(
            0.3,
            0.2,
            -1.7,
            1.1,
            Thing(
                lambda p: np.minimum(
                    box(p, vector(0.3, 0.42, -1.7), vector(0.55, 0.03, 0.8), 0.02),
                    np.min(
                        [
                            upright(p, vector(0.3 + x, 0, -1.7 + z), 0.03, 0.42)
                            for x in (-0.45, 0.45)
                            for z in (-0.7, 0.7)
                        ],
                        axis=0,
                    ),
                ),
                plain((0.28, 0.15, 0.07)),
                shine=0.2,
            ),
        ),
        within(
            0.28,
            0.55,
            -1.75,
            0.45,
            Thing(
                lambda p: np.minimum(
                    upright(p, vector(0.2, 0.45, -1.5), 0.11, 0.2),
                    ball(p, vector(0.35, 0.53, -2.0), 0.09),
                ),
                plain((0.75, 0.3, 0.12)),
            ),
        ),
        within(
            0.6,
            1.1,
            -4.0,
            1.65,
            Thing(
                lambda p: box(p, vector(0.6, 1.1, -4.05), vector(1.1, 1.1, 0.16)),
                plain((0.32, 0.18, 0.09)),
            ),
        ),
        within(
            0.6,
            1.1,
            -4.0,
            1.65,
            Thing(
                lambda p: np.maximum(
                    box(p, vector(0.6, 1.1, -3.95), vector(1.05, 1.05, 0.12)),
                    -np.minimum(np.abs((p[:, 1]) % 0.44 - 0.4) - 0.012, 9),
                ),
                bands((0.1, 0.2, 0.38), (0.6, 0.18, 0.1), 0.07, 0, 0.12),
            ),
        ),
        within(
            2.7,
            0.75,
            0.4,
            0.8,
            Thing(
                lambda p: np.minimum(
                    upright(p, vector(2.7, 0, 0.4), 0.02, 1.5),
                    upright(p, vector(2.7, 0, 0.4), 0.16, 0.03),
                ),
                plain((0.1, 0.1, 0.1)),
            ),
        ),
        within(
            2.7,
            1.56,
            0.4,
            0.3,
            Thing(
                lambda p: np.abs(upright(p, vector(2.7, 1.42, 0.4), 0.2, 0.28)) - 0.01,
                plain((0.95, 0.82, 0.6)),
            ),
        ),
        Thing(
            lambda p: box(p, vector(3.38, 1.7, -1.7), vector(0.03, 0.45, 0.7)),
            bands((0.15, 0.3, 0.4), (0.8, 0.6, 0.3), 0.21, 2, 0.02),
        ),
        within(
            -2.9,
            0.8,
            -3.6,
            1.0,
            Thing(
                lambda p: np.minimum(
                    upright(p, vector(-2.9, 0, -3.6), 0.2, 0.4),
                    np.min(
                        [
                            ball(
                                p,
                                vector(
                                    -2.9 + 0.2 * np.sin(k * 2.1),
                                    0.75 + 0.16 * k,
                                    -3.6 + 0.2 * np.cos(k * 2.1),
                                ),
                                0.24 - 0.02 * k,
                            )
                            for k in range(5)
                        ],
                        axis=0,
                    ),
                ),
                plain((0.08, 0.2, 0.06)),
            ),
        ),
    ]
    light = Light(
        unit(vector(-0.83, 0.42, 0.2)),
        colour=(3.4, 2.9, 2.2),
        sky=(0.62, 0.75, 0.9),
        horizon=(0.7, 0.6, 0.5),
        ambient=0.5,
        indoors=True,
        corner_m=0.5,
        lamps=(
            (vector(2.7, 1.9, 0.4), (0.5, 0.36, 0.2)),
            (vector(-2.6, 1.7, -0.4), (0.9, 1.0, 1.15)),
        ),
    )
    return things, light, View(vector(-1.6, 1.5, 3.9), vector(0.75, 0.85, -2.2), 72)


def hall() -> Scene:
    """A long hall with columns and light from one side."""

    def shell(points: Array) -> Array:
        inside = -box(points, vector(0, 3, -20), vector(5, 3, 32))
        z = (points[:, 2] + 3) % 6 - 3
        window = np.maximum(
            np.maximum(np.abs(z) - 0.9, np.abs(points[:, 1] - 3.1) - 1.7), -points[:, 0] - 6
        )
        return np.maximum(inside, -np.maximum(window, 3 - points[:, 0]))

    def paint(points: Array, normals: Array) -> Array:
        checks = (np.floor(points[:, 0] / 1.25) + np.floor(points[:, 2] / 1.25)) % 2
        tiles = mix(
            np.ones_like(points) * vector(0.6, 0.56, 0.5),
            np.ones_like(points) * vector(0.12, 0.1, 0.1),
            checks,
        )
        return mix(plain((0.62, 0.57, 0.48), 0.08)(points, normals), tiles, points[:, 1] < 0.02)

    def columns(points: Array) -> Array:
        local = points.copy()
        local[:, 2] = (points[:, 2] + 6) % 6 - 3
        local[:, 0] = np.abs(points[:, 0])
        shaft = upright(local, vector(3.2, 0, 0), 0.36, 5.2)
        return np.minimum(
            shaft,
            np.minimum(
                box(local, vector(3.2, 0.2, 0), vector(0.55, 0.2, 0.55)),
                box(local, vector(3.2, 5.3, 0), vector(0.6, 0.2, 0.6)),
            ),
        )

    things = [
        Thing(shell, paint, shine=0.1),
        Thing(columns, plain((0.55, 0.5, 0.42))),
        Thing(
            lambda p: box(p, vector(0, 0.01, -20), vector(1.2, 0.012, 30)),
            plain((0.42, 0.05, 0.05), 0.1),
        ),
    ]
    light = Light(
        unit(vector(0.8, 0.55, 0.16)),
        colour=(3.0, 2.5, 1.8),
        sky=(0.75, 0.8, 0.85),
        horizon=(0.62, 0.55, 0.48),
        ambient=0.5,
        indoors=True,
        corner_m=0.8,
    )
    return things, light, View(vector(-0.9, 1.7, 6), vector(0.4, 2.1, -24), 74)


def robot_table(seed: int) -> Scene:
    """A table with blocks, a bowl and a cup under a robot's arm; each seed has another order."""
    random = np.random.default_rng(seed)
    tops = [
        ((0.5, 0.33, 0.19), (0.4, 0.25, 0.13)),
        ((0.62, 0.6, 0.57), (0.55, 0.53, 0.5)),
        ((0.3, 0.2, 0.14), (0.24, 0.15, 0.1)),
    ]
    walls = [(0.55, 0.57, 0.6), (0.66, 0.6, 0.52), (0.45, 0.52, 0.5)]
    top, wall = tops[seed % 3], walls[(seed // 2) % 3]
    table = Thing(
        lambda p: box(p, vector(0, -0.03, 0), vector(0.75, 0.03, 0.5), 0.01),
        bands(*top, 0.14, 2),
        shine=0.15,
    )
    back = Thing(lambda p: np.minimum(p[:, 2] + 1.5, p[:, 1] + 0.8), plain(wall, 0.05))
    places: list[Array] = []
    while len(places) < 6:
        spot = vector(random.uniform(-0.5, 0.5), 0, random.uniform(-0.22, 0.28))
        if all(np.hypot(*(spot - other)[[0, 2]]) > 0.17 for other in places):
            places.append(spot)
    colours = [
        (0.65, 0.08, 0.06),
        (0.06, 0.2, 0.55),
        (0.75, 0.55, 0.05),
        (0.08, 0.4, 0.12),
        (0.7, 0.3, 0.06),
        (0.35, 0.12, 0.45),
    ]
    random.shuffle(colours)
    things = [back, table]
    for spot, colour in zip(places[:3], colours, strict=False):
        size = float(random.uniform(0.035, 0.05))
        turn = float(random.uniform(0, np.pi))
        cos, sin = np.cos(turn), np.sin(turn)
        around = np.array([[cos, 0, sin], [0, 1, 0], [-sin, 0, cos]], np.float32)
        cube = Thing(
            lambda p, s=spot, r=around, d=size: box(
                (p - s) @ r, vector(0, d, 0), vector(d, d, d), 0.006
            ),
            plain(colour, 0.04),
        )
        things.append(within(float(spot[0]), size, float(spot[2]), 0.1, cube, 0.2))
    bowl = places[3] + vector(0, 0.1, 0)
    things.append(
        within(
            *map(float, bowl),
            0.12,
            Thing(
                lambda p: np.maximum(np.abs(ball(p, bowl, 0.1)) - 0.006, p[:, 1] - bowl[1]) * 0.9,
                plain((0.75, 0.75, 0.72)),
                shine=0.25,
            ),
            0.2,
        )
    )
    things.append(
        within(
            *map(float, places[4] + vector(0, 0.06, 0)),
            0.09,
            Thing(
                lambda p: np.maximum(
                    np.abs(upright(p, places[4], 0.045, 0.12)) - 0.005, p[:, 1] - 0.115
                ),
                plain(colours[3], 0.03),
                shine=0.2,
            ),
            0.2,
        )
    )
    things.append(
        Thing(lambda p: ball(p, places[5] + vector(0, 0.04, 0), 0.04), plain(colours[4], 0.05))
    )
    shoulder = vector(0.52, 0.1, -0.34)
    elbow = shoulder + vector(-0.1 - 0.1 * random.random(), 0.42, 0.05)
    wrist = places[0] + vector(0.03, 0.36 + 0.08 * random.random(), -0.02)
    hand = wrist - vector(0, 0.13, 0)
    grey, dark = plain((0.6, 0.6, 0.62), 0.03), plain((0.08, 0.08, 0.09), 0.03)
    things.append(
        within(
            *map(float, (shoulder + wrist) / 2),
            0.6,
            Thing(
                lambda p: np.min(
                    [
                        rod(p, shoulder, elbow, 0.045),
                        rod(p, elbow, wrist, 0.036),
                        upright(p, vector(0.52, 0, -0.34), 0.085, 0.12),
                    ],
                    axis=0,
                ),
                grey,
                shine=0.2,
            ),
            0.2,
        )
    )
    middle = (shoulder + wrist) / 2
    things.append(
        within(
            *map(float, middle),
            0.6,
            Thing(
                lambda p: np.min(
                    [
                        ball(p, shoulder, 0.068),
                        ball(p, elbow, 0.06),
                        ball(p, wrist, 0.048),
                        rod(p, wrist, hand, 0.028),
                        box(p, hand, vector(0.06, 0.014, 0.02), 0.004),
                        box(p, hand + vector(0.045, -0.045, 0), vector(0.008, 0.045, 0.014), 0.003),
                        box(
                            p, hand + vector(-0.045, -0.045, 0), vector(0.008, 0.045, 0.014), 0.003
                        ),
                    ],
                    axis=0,
                ),
                dark,
                shine=0.15,
            ),
            0.2,
        )
    )
    light = Light(
        unit(vector(-0.45, 0.8, 0.4)),
        colour=(0.8, 0.74, 0.66),
        sky=(0.42, 0.46, 0.52),
        horizon=(0.6, 0.55, 0.5),
        ambient=0.6,
        indoors=True,
        corner_m=0.2,
    )
    return (
        things,
        light,
        View(vector(-0.18 + 0.1 * random.random(), 0.72, 0.92), vector(0.02, 0.1, -0.08), 58),
    )
