"""Draw the figures of a bench: the time of each step, and the action latencies."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from lucid.conformance.bench import Bench, summary

WIDTH, HEIGHT = 1200, 720
INK, FAINT, STEP, ACTION, LIMIT = "#20242c", "#c9ced8", "#2f6fde", "#d9822b", "#c23030"
LEFT, RIGHT = 90, WIDTH - 40
Font = ImageFont.FreeTypeFont | ImageFont.ImageFont


def plot(bench: Bench, path: Path) -> None:
    """Write the plot as a PNG."""
    image = Image.new("RGB", (WIDTH, HEIGHT), "white")
    draw = ImageDraw.Draw(image)
    large, small = ImageFont.load_default(26), ImageFont.load_default(16)
    draw.text((LEFT, 22), f"lucid bench {bench.port}", INK, large)
    texts = summary(bench)
    draw.text(
        (LEFT, 62),
        f"{texts['frames per second']} frames per second on {texts['measured on']}",
        INK,
        small,
    )
    draw.text((LEFT, 86), f"step: {texts['step']}", INK, small)
    draw.text((LEFT, 110), f"action latency: {texts['action latency']}", INK, small)
    budget_ms = 1000 * bench.frames_per_step / bench.declared_fps if bench.declared_fps else None
    _steps(draw, small, bench.steps_ms, budget_ms)
    _latencies(draw, small, bench.latencies_ms)
    image.save(path, "PNG")


def _steps(
    draw: ImageDraw.ImageDraw,
    font: Font,
    steps_ms: Sequence[float],
    budget_ms: float | None,
) -> None:
    """Draw a bar for each step, and the limit that the declared fps sets."""
    top, bottom = 180, 410
    highest = max(*steps_ms, budget_ms or 0.0) * 1.1
    _frame(draw, font, top, bottom, "ms per step", highest, f"{len(steps_ms)} steps, in order")
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
    font: Font,
    latencies_ms: Sequence[float],
) -> None:
    """Draw a histogram of the action latencies."""
    top, bottom = 480, 640
    if not latencies_ms:
        draw.text((LEFT, top), "no input with a binding: no action latency", INK, font)
        return
    counts, edges = np.histogram(latencies_ms, bins=40, range=(0, max(latencies_ms) * 1.05))
    tallest = int(counts.max())
    label = f"action latency, 0 to {edges[-1]:.0f} ms"
    _frame(draw, font, top, bottom, "inputs", tallest, label)
    width = (RIGHT - LEFT) / len(counts)
    for index, count in enumerate(counts):
        x = LEFT + index * width
        y = bottom - (bottom - top) * count / tallest
        draw.rectangle((x, y, x + width - 1, bottom), ACTION)


def _frame(
    draw: ImageDraw.ImageDraw,
    font: Font,
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
