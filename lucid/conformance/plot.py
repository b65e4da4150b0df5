"""The figures of a bench as a picture: each step's time, and how soon inputs show."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from lucid.conformance.bench import Bench, summary

WIDTH, HEIGHT = 1200, 720
INK, FAINT, STEP, ACTION, LIMIT = "#20242c", "#c9ced8", "#2f6fde", "#d9822b", "#c23030"
LEFT, RIGHT = 90, WIDTH - 40


def plot(found: Bench, path: Path) -> None:
    """Write the picture as a PNG."""
    image = Image.new("RGB", (WIDTH, HEIGHT), "white")
    draw = ImageDraw.Draw(image)
    large, small = ImageFont.load_default(26), ImageFont.load_default(16)
    draw.text((LEFT, 22), f"lucid bench {found.port}", INK, large)
    words = summary(found)
    draw.text((LEFT, 62), f"{words['frames a second']} frames a second; {words['on']}", INK, small)
    draw.text((LEFT, 86), f"step: {words['step']}", INK, small)
    draw.text((LEFT, 110), f"action latency: {words['action latency']}", INK, small)
    budget_ms = 1000 * found.frames_per_step / found.declared_fps if found.declared_fps else None
    _steps(draw, small, found.steps_ms, budget_ms)
    _latencies(draw, small, found.latencies_ms)
    image.save(path, "PNG")


def _steps(
    draw: ImageDraw.ImageDraw,
    font: ImageFont.FreeTypeFont | ImageFont.ImageFont,
    steps_ms: Sequence[float],
    budget_ms: float | None,
) -> None:
    """A bar for each step, and the line that the declared fps asks them to stay below."""
    top, bottom = 180, 410
    highest = max(*steps_ms, budget_ms or 0.0) * 1.1
    _frame(draw, font, top, bottom, "ms a step", highest, f"{len(steps_ms)} steps, in order")
    width = (RIGHT - LEFT) / len(steps_ms)
    for index, step in enumerate(steps_ms):
        x = LEFT + index * width
        y = bottom - (bottom - top) * step / highest
        draw.rectangle((x, y, x + max(1.0, width - 1), bottom), STEP)
    if budget_ms is not None:
        y = bottom - (bottom - top) * budget_ms / highest
        draw.line((LEFT, y, RIGHT, y), LIMIT, 2)
        draw.text((RIGHT, y - 20), f"declared fps: {budget_ms:.1f} ms", LIMIT, font, anchor="ra")


def _latencies(
    draw: ImageDraw.ImageDraw,
    font: ImageFont.FreeTypeFont | ImageFont.ImageFont,
    latencies_ms: Sequence[float],
) -> None:
    """How many inputs showed after how long."""
    top, bottom = 480, 640
    if not latencies_ms:
        draw.text((LEFT, top), "no input with a binding: no action latency", INK, font)
        return
    counts, edges = np.histogram(latencies_ms, bins=40, range=(0, max(latencies_ms) * 1.05))
    tallest = int(counts.max())
    told = f"action latency, 0 to {edges[-1]:.0f} ms"
    _frame(draw, font, top, bottom, "inputs", tallest, told)
    width = (RIGHT - LEFT) / len(counts)
    for index, count in enumerate(counts):
        x = LEFT + index * width
        y = bottom - (bottom - top) * count / tallest
        draw.rectangle((x, y, x + width - 1, bottom), ACTION)


def _frame(
    draw: ImageDraw.ImageDraw,
    font: ImageFont.FreeTypeFont | ImageFont.ImageFont,
    top: int,
    bottom: int,
    unit: str,
    highest: float,
    below: str,
) -> None:
    draw.text((LEFT, top - 26), unit, INK, font)
    for part in (0.0, 0.5, 1.0):
        y = bottom - (bottom - top) * part
        draw.line((LEFT, y, RIGHT, y), FAINT, 1)
        draw.text((LEFT - 10, y), f"{highest * part:.3g}", INK, font, anchor="rm")
    draw.text(((LEFT + RIGHT) / 2, bottom + 22), below, INK, font, anchor="mm")
