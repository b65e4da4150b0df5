"""The stub's instruments: one lamp, gauge or pad per signal of an Action."""

import colorsys
from bisect import bisect_right
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from lucid.authoring.stub.action import Signal

Bytes = NDArray[np.uint8]
Colour = tuple[int, int, int]

_BAR: Colour = (12, 12, 18)
_OFF: Colour = (44, 46, 58)
_DIM: Colour = (150, 153, 168)
_CELL_MIN_WIDTH = 52
_CELL_LEAST_WIDTH = 12
_PER_ROW = 12


class Hud:
    """A bar at the bottom of the frame, redrawn only when a signal changes."""

    def __init__(self, width: int, height: int) -> None:
        self._width = width
        self._most = height // 2
        self._row_height = max(10, height // 10)
        self._per_row = max(1, min(_PER_ROW, width // _CELL_MIN_WIDTH))
        self._signals: tuple[Signal, ...] | None = None
        self._bar: Bytes = np.zeros((0, width, 3), np.uint8)

    def draw(self, frames: Bytes, signals: tuple[Signal, ...]) -> None:
        """Draw the signals into each of ``frames`` (T, H, W, 3)."""
        if signals != self._signals:
            self._signals, self._bar = signals, self._compose(signals)
        if len(self._bar):
            frames[:, -len(self._bar) :] = self._bar

    def _compose(self, signals: Sequence[Signal]) -> Bytes:
        fitting = max(1, self._most // self._row_height)
        narrow = min(-(-len(signals) // fitting), self._width // _CELL_LEAST_WIDTH)
        most_per_row = max(self._per_row, narrow)
        rows = -(-len(signals) // most_per_row)
        bar = np.empty((rows * self._row_height, self._width, 3), np.uint8)
        per_row = -(-len(signals) // rows) if rows else 0
        for index, signal in enumerate(signals):
            row, column = divmod(index, per_row)
            in_row = min(per_row, len(signals) - row * per_row)
            left, right = (round(edge * self._width / in_row) for edge in (column, column + 1))
            top = row * self._row_height
            hue = (0.33 + index * 0.381966) % 1.0
            cell = _cell(signal, (right - left, self._row_height), hue)
            bar[top : top + self._row_height, left:right] = cell
        return bar[: self._most]


def caption(lines: Sequence[str], height: int, width: int) -> Bytes:
    """Return a text box (h, w, 3), at most ``width`` pixels wide."""
    size = max(9, height // 42)
    font = _font(size)
    kept = [_clip(line, font, width - 24) for line in lines if line]
    line_height = round(size * 1.45)
    widest = max((round(font.getlength(line)) for line in kept), default=0)
    plate = Image.new("RGB", (min(width, widest + 20), line_height * len(kept) + 8), _BAR)
    draw = ImageDraw.Draw(plate)
    for index, line in enumerate(kept):
        colour = _DIM if index == 0 else (255, 255, 255)
        draw.text((10, 4 + index * line_height), line, font=font, fill=colour)
    return np.asarray(plate)


@lru_cache(maxsize=256)
def _cell(signal: Signal, size: tuple[int, int], hue: float) -> Bytes:
    width, height = size
    image = Image.new("RGB", size, _BAR)
    draw = ImageDraw.Draw(image)
    gap = max(2, height // 14)
    box = (gap, gap, width - gap - 1, height - gap - 1)
    red, green, blue = colorsys.hsv_to_rgb(hue, 0.9, 1.0)
    bright = (round(red * 255), round(green * 255), round(blue * 255))
    lamp = signal.kind == "lamp" and signal.lit
    draw.rounded_rectangle(box, radius=height // 7, fill=bright if lamp else _OFF)
    if signal.kind == "gauge":
        _gauge(draw, box, signal.values[0], bright)
    elif signal.kind == "pad":
        _pad(draw, box, signal.values, bright)
    label = signal.text if lamp and signal.text else signal.label
    _write(draw, label.upper(), box, (10, 10, 14) if lamp else _DIM, signal.kind)
    return np.asarray(image)


def _gauge(
    draw: ImageDraw.ImageDraw, box: tuple[int, int, int, int], value: float, colour: Colour
) -> None:
    """Draw a bar from the middle to the right (positive) or left (negative)."""
    left, top, right, bottom = box
    middle, half = (left + right) / 2, (right - left) / 2 - 2
    edge = middle + half * max(-1.0, min(1.0, value))
    line = top + (bottom - top) * 0.42
    draw.line((middle, top + 2, middle, line), fill=_DIM)
    if value:
        draw.rectangle((min(middle, edge), top + 2, max(middle, edge), line), fill=colour)


def _pad(
    draw: ImageDraw.ImageDraw,
    box: tuple[int, int, int, int],
    values: Sequence[float],
    colour: Colour,
) -> None:
    """Draw a dot on a cross: the first value moves it right, the second down."""
    left, top, right, bottom = box
    middle, foot = (left + right) / 2, top + (bottom - top) * 0.62
    centre = (top + foot) / 2
    draw.line((left + 3, centre, right - 3, centre), fill=_DIM)
    draw.line((middle, top + 2, middle, foot), fill=_DIM)
    radius = max(2.0, (foot - top) * (0.28 if any(values) else 0.13))
    x = middle + values[0] * ((right - left) / 2 - radius - 1)
    y = centre + values[1] * max(0.0, (foot - top) / 2 - radius)
    fill = colour if any(values) else _DIM
    draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=fill)


def _write(
    draw: ImageDraw.ImageDraw,
    label: str,
    box: tuple[int, int, int, int],
    colour: Colour,
    kind: str,
) -> None:
    left, top, right, bottom = box
    size = max(7, (bottom - top) // 4)
    font = _font(size)
    while size > 7 and font.getlength(label) > right - left - 4:
        size -= 1
        font = _font(size)
    y = (top + bottom) / 2 if kind == "lamp" else top + (bottom - top) * 0.80
    text = _clip(label, font, right - left)
    draw.text(((left + right) / 2, y), text, font=font, fill=colour, anchor="mm")


@lru_cache(maxsize=32)
def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)


def _clip(text: str, font: ImageFont.FreeTypeFont | ImageFont.ImageFont, width: int) -> str:
    """Return the longest prefix of ``text`` that fits in ``width`` pixels on one line."""
    line = " ".join(text.split())[: max(0, width)]  # no letter is narrower than a pixel

    def length(end: int) -> float:
        return float(font.getlength(line[:end]))

    return line[: max(0, bisect_right(range(len(line) + 1), float(width), key=length) - 1)]
