"""The stub's world: a glowing grid under a panoramic sky, fast enough for 60 fps."""

import colorsys
import hashlib
import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float64]

HORIZON = 0.58
"""Distance of the horizon from the top of the frame at level view, in frame heights."""

LOOK_RANGE = 0.09
LIFT_RANGE = 0.03
_QUARTERS = 4
"""The panorama is four frames wide, so a frame shows a quarter turn."""

_FOG_LEVELS = 16
_TILE = 2.0


@dataclass(frozen=True)
class Palette:
    """RGB colours, each (3,) in 0..1."""

    zenith: Floats
    haze: Floats
    sun: Floats
    floor: Floats
    line: Floats


@dataclass
class Camera:
    """The player's position on the ground and view direction."""

    x: float = 0.0
    z: float = 0.0
    yaw: float = 0.0
    """In quarter turns; positive is right."""

    look: float = 0.0
    """From -1 (down) to 1 (up)."""

    lift: float = 0.0
    """From -1 (crouched) to 1 (top of a jump)."""

    def walk(self, forward: float, strafe: float) -> None:
        """Move along the heading and sideways."""
        heading = self.yaw * math.pi / 2
        self.x += forward * math.sin(heading) + strafe * math.cos(heading)
        self.z += forward * math.cos(heading) - strafe * math.sin(heading)

    @property
    def tilt(self) -> float:
        """How far the horizon is below its level position, in frame heights."""
        return self.look * LOOK_RANGE + self.lift * LIFT_RANGE


class Scene:
    """Draws the world for a camera.

    The ground coordinates of each panorama pixel are computed once. Walking then adds an offset to
    them, and turning takes another slice.
    """

    def __init__(self, width: int, height: int) -> None:
        self._width, self._height = width, height
        self._ground, self._fog = _ground_map(width, height)
        self._texture = _grid_texture()
        self._painted: str | None = None
        """The prompt of the painted world; None if a seed frame painted it."""
        self.paint(None, None)

    def paint(self, prompt: str | None, seed_frame: Bytes | None) -> None:
        """Colour the world by the prompt, or make the seed frame (H, W, 3) the sky."""
        wanted = (prompt or "") if seed_frame is None else None
        if wanted is not None and wanted == self._painted:
            return  # most resets keep the prompt
        self._painted = wanted
        palette = prompt_palette(prompt)
        rest = round(self._height * HORIZON)
        above = round(self._height * (LOOK_RANGE + LIFT_RANGE)) + 1
        if seed_frame is None:
            sky = _sky(palette, self._width, above + rest)
        else:
            sky = _seed_sky(seed_frame, above, rest)
            palette = _seed_palette(palette, sky)
        self._sky = np.concatenate([sky, sky[:, : self._width]], axis=1)
        self._colours = _floor_colours(palette)

    def draw(self, frame: Bytes, camera: Camera) -> None:
        """Draw the world into ``frame`` (H, W, 3)."""
        horizon = round(self._height * (HORIZON + camera.tilt))
        turn = round((camera.yaw - 0.5) * self._width) % (_QUARTERS * self._width)
        columns = slice(turn, turn + self._width)
        frame[:horizon] = self._sky[len(self._sky) - horizon :, columns]
        rows = self._height - horizon
        here = (int(camera.x / _TILE * 256) << 8) + int(camera.z / _TILE * 256)
        texels = self._ground[:rows, columns] + np.uint16(here & 0xFFFF)
        shade = self._texture.take(texels)
        shade |= self._fog[:rows]
        self._colours.take(shade, axis=0, out=frame[horizon:], mode="clip")


def prompt_palette(prompt: str | None) -> Palette:
    """Return the colours of a prompt; its hash sets the hue."""
    hue = 0.70
    if prompt:
        hue = int.from_bytes(hashlib.sha256(prompt.encode("utf-8", "replace")).digest()[:2]) / 65536

    def colour(turn: float, saturation: float, value: float) -> Floats:
        return np.array(colorsys.hsv_to_rgb((hue + turn) % 1.0, saturation, value))

    return Palette(
        zenith=colour(0.0, 0.85, 0.26),
        haze=colour(0.20, 0.62, 0.92),
        sun=colour(0.40, 0.62, 1.0),
        floor=colour(0.02, 0.80, 0.13),
        line=colour(0.85, 0.85, 1.0),
    )


def _seed_sky(seed_frame: Bytes, above: int, rest: int) -> Bytes:
    """Return a sky with the seed frame in front, mirrored to the sides and upwards."""
    upright = np.concatenate([seed_frame[:above][::-1], seed_frame[:rest]])
    middle = upright.shape[1] // 2
    back = upright[:, ::-1]
    return np.concatenate([upright[:, middle:], back, upright, back, upright[:, :middle]], axis=1)


def _seed_palette(palette: Palette, sky: Bytes) -> Palette:
    skyline = sky[-max(1, len(sky) // 12) :].mean(axis=(0, 1)) / 255
    return Palette(palette.zenith, skyline, palette.sun, skyline * 0.30, palette.line)


def _ground_map(width: int, height: int) -> tuple[NDArray[np.uint16], Bytes]:
    """Return the ground coordinates of each pixel below the horizon (x in the high byte, z in the
    low byte, 256 per tile), and the fog of each row in the high four bits."""
    rows = height - round(height * (HORIZON - LOOK_RANGE - LIFT_RANGE)) + 1
    focal = width / (np.pi / 2)
    row = np.arange(rows) + 0.7
    distance = (focal / row)[:, None]
    columns = _QUARTERS * width
    angle = (np.arange(columns + width) / columns * 2 * np.pi)[None]
    x, z = (
        (np.floor(distance * side / _TILE * 256).astype(np.int64) & 0xFF).astype(np.uint16)
        for side in (np.sin(angle), np.cos(angle))
    )
    haze = np.clip(1.25 * np.exp(-row / (0.075 * height)), 0, 1)
    fog = np.round(haze * (_FOG_LEVELS - 1)).astype(np.uint8) << 4
    return (x << 8) | z, fog[:, None]


def _grid_texture() -> Bytes:
    """Return the grid line coverage, 0..15, of each ground coordinate (x << 8) | z."""
    offset = np.minimum(np.arange(256), 256 - np.arange(256))
    ridge = np.clip(1.35 - offset / 9, 0, 1)
    cover = np.maximum(ridge[:, None], ridge[None])
    return np.round(cover * 15).astype(np.uint8).ravel()


def _floor_colours(palette: Palette) -> Bytes:
    """Return colours (256, 3); the index is fog (high four bits) and line cover (low four bits)."""
    cover = (np.arange(256) & 15)[:, None] / 15
    fog = (np.arange(256) >> 4)[:, None] / (_FOG_LEVELS - 1)
    lit = palette.floor + (palette.line - palette.floor) * cover
    return _to_bytes(lit + (palette.haze - lit) * fog)


def _sky(palette: Palette, width: int, rows: int) -> Bytes:
    """Return the sky (rows, 4 * width, 3): stars, hills, a sun in front and a moon behind."""
    columns = _QUARTERS * width
    glow = np.linspace(0, 1, rows)[:, None, None] ** 2.2
    gradient = _to_bytes(palette.zenith + (palette.haze - palette.zenith) * glow)
    sky = np.repeat(gradient, columns, axis=1)
    _add_stars(sky)
    _add_disc(sky, columns // 2, 0.09, palette.haze * 0.4 + 0.6)
    sky = np.roll(sky, columns // 2, axis=1)
    _add_disc(sky, columns // 2, 0.30, palette.sun, palette.haze)
    sky = np.roll(sky, columns // 2, axis=1)
    for rise, depth, seed in ((0.16, 0.45, 1.0), (0.10, 0.75, 2.3)):
        foot = sky[rows - math.ceil(rows * rise) :]
        ridge = len(foot) * (1 - _hills(columns, seed))
        below = np.arange(len(foot))[:, None] >= ridge[None]
        foot[below] = _to_bytes(palette.haze + (palette.floor - palette.haze) * depth)
    return sky


def _add_stars(sky: Bytes) -> None:
    rows, columns = sky.shape[:2]
    random = np.random.default_rng(7)
    count = rows * columns // 2600
    y = (random.random(count) ** 1.7 * rows * 0.75).astype(int)
    x = random.integers(0, columns, count)
    light = random.random((count, 1)) * (1 - y / rows)[:, None]
    sky[y, x] = np.round(sky[y, x] * (1 - light) + 255 * light)


def _add_disc(
    sky: Bytes, centre: int, size: float, colour: Floats, foot: Floats | None = None
) -> None:
    """Draw a disc with a halo. With ``foot``, bands cut its lower half, which fades to ``foot``."""
    rows = len(sky)
    radius = rows * size
    reach = min(int(radius * 2.4), sky.shape[1] // 2)
    window = sky[:, centre - reach : centre + reach]
    y = np.arange(rows)[:, None] - rows * 0.66 * (1 if foot is not None else 0.5)
    distance = np.hypot(np.arange(-reach, reach)[None], y)
    disc = np.clip(radius - distance, 0, 1)
    if foot is not None:
        disc *= 1 - ((y > 0) & (np.sin(y / rows * 95) > 1.0 - y / radius * 1.6))
        colour = colour + (foot - colour) * np.clip(y / radius, 0, 1)[..., None]
    edge = (radius * 1.4 - np.maximum(distance - radius, 0)) / (radius * 1.4)
    halo = 0.34 * np.clip(edge, 0, 1) ** 3
    amount = np.maximum(disc, halo)[..., None]
    window[:] = np.round(window + (colour * 255 - window) * amount)


def _hills(columns: int, seed: float) -> Floats:
    angle = np.arange(columns) / columns * 2 * np.pi
    waves = [np.sin(k * angle + seed * k * k) / k**0.8 for k in (3, 5, 9, 17, 29, 47, 83)]
    total = np.sum(waves, axis=0)
    scaled: Floats = (total - total.min()) / (total.max() - total.min())
    return scaled


def _to_bytes(colour: Any) -> Bytes:
    rounded: Bytes = np.round(np.clip(colour, 0, 1) * 255).astype(np.uint8)
    return rounded
