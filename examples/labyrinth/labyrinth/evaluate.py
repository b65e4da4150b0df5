"""Compare the committed weights with the teacher: `python -m labyrinth.evaluate`.

All mazes are held out from training. Figures are printed as JSON. The picture sheets show the
teacher above the model.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import torch
import typer
from numpy.typing import NDArray
from PIL import Image
from rich.progress import track
from torch import Tensor
from torch.nn import functional

from labyrinth.data import HELD_OUT, pixels
from labyrinth.looks import LOOK_NAMES
from labyrinth.measures import psnr, sharpness
from labyrinth.model import STEPS, TEMPERATURE, WEIGHTS, Play, WorldModel, load
from labyrinth.ring import picture
from labyrinth.world import RUN, WALK, Walkers, Wanderers

WIDTH, HEIGHT = 128, 96  # size of the compared pictures
HISTORY = 16  # frames of the teacher before an open-loop rollout
OPEN_LOOP = 64  # frames of an open-loop rollout
Moves = NDArray[np.float32]
Looks = NDArray[np.int64]
LOOKED_AT = 5  # every LOOKED_AT-th frame of a long rollout is examined
SHOWN = (1, 2, 4, 8, 16, 32, 48, 64)


def sheet(path: Path, rows: list[list[Tensor]]) -> None:
    """Write rows of pictures (3, 96, 128) in [-1, 1] as one image file."""
    lines = [
        torch.cat([((frame.clamp(-1, 1) + 1) * 127.5).round() for frame in row], 2) for row in rows
    ]
    whole = torch.cat(lines, 1).to(torch.uint8).permute(1, 2, 0).numpy()
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(whole).save(path, optimize=True)


def perceptual(frames: Tensor, truth: Tensor) -> Tensor:
    """Return a distance similar to LPIPS for each frame of (n, 3, 96, 128).

    It uses the formula of LPIPS on oriented edges at three scales instead of network features: the
    features of each pixel are scaled to unit length, and their squared differences are averaged.
    """
    total = torch.zeros(len(frames))
    for scale in (1, 2, 4):
        features = []
        for pictures in (frames, truth):
            small = functional.avg_pool2d(pictures, scale)
            right = functional.pad(small.diff(dim=-1), (0, 1))
            down = functional.pad(small.diff(dim=-2), (0, 0, 0, 1))
            edges = torch.cat([right.relu(), (-right).relu(), down.relu(), (-down).relu()], 1)
            both = torch.cat([functional.avg_pool2d(edges, 3, 1, 1), 0.1 * small], 1)
            features.append(both / (both.norm(dim=1, keepdim=True) + 0.02))
        total += (features[0] - features[1]).square().sum(1).mean((-1, -2)) / 3
    return total


@dataclass(frozen=True)
class Dreamer:
    """The model and its number of denoising steps."""

    model: WorldModel
    steps: int

    def begin(self, walkers: Walkers) -> list[Play]:
        """Return a rollout per walker, started with the walker's whole ring."""
        with torch.no_grad():
            rings = self.model.encoder.ring(pixels(walkers.draw()))
        return [Play(self.model, ring[None], n) for n, ring in enumerate(rings)]

    def walk(self, plays: list[Play], moves: Moves) -> None:
        """Step each rollout with its move; moves: (plays, 2)."""
        for play, move in zip(plays, moves, strict=True):
            play.step((float(move[0]), float(move[1])), steps=self.steps)

    def look(self, plays: list[Play], headings: Moves, looks: Looks) -> Tensor:
        """Return the picture of each rollout, (plays, 3, 96, 128)."""
        shown = [
            picture(*play.strip(float(heading), int(look)), WIDTH, HEIGHT)
            for play, heading, look in zip(plays, headings, looks, strict=True)
        ]
        return torch.cat(shown).clamp(-1, 1)


def seen(walkers: Walkers, headings: Moves) -> Tensor:
    """Return the teacher's pictures for walkers that look along headings on their rings."""
    poses = walkers.poses.copy()
    poses[:, 2] += headings
    return pixels(Walkers(walkers.mazes, poses, walkers.looks).picture(WIDTH, HEIGHT))


def open_loop(dreamer: Dreamer, out: Path, count: int = 32) -> dict[str, Any]:
    """Measure error and sharpness of rollouts along held-out episodes."""
    walkers = Walkers.spawn(list(range(HELD_OUT + 1000, HELD_OUT + 1000 + count)))
    feet = Wanderers(walkers, HELD_OUT)
    plays = dreamer.begin(walkers)
    gaze = feet.heading.copy()
    frames, truth = [], []
    for n in track(range(HISTORY + OPEN_LOOP), "open loop"):
        moves = feet.moves()
        made = walkers.step(moves)
        # The gaze follows the walking direction with a limited speed.
        gaze += np.clip((feet.heading - gaze + np.pi) % (2 * np.pi) - np.pi, -0.1, 0.1)
        if n < HISTORY:
            with torch.no_grad():
                rings = dreamer.model.encoder.ring(pixels(walkers.draw()))
            for play, ring, move in zip(plays, rings, made, strict=True):
                play.see(ring[None], play.place + torch.from_numpy(move))
            last = seen(walkers, gaze)
            continue
        dreamer.walk(plays, moves)
        frames.append(dreamer.look(plays, gaze, walkers.looks))
        truth.append(seen(walkers, gaze))
    drawn, true = torch.stack(frames, 1), torch.stack(truth, 1)
    decibels = psnr(drawn, true).mean(0)
    # Rollouts that stand still dominate a mean of decibels. So also compute the pooled error, and
    # the error of repeating the last frame.
    pooled, still = (
        -10 * ((guess - true) / 2).square().mean((0, 2, 3, 4)).log10()
        for guess in (drawn, last[:, None])
    )
    results: dict[str, Any] = {}
    for n in (1, 8, 16, 32):
        distance = perceptual(drawn[:, n - 1], true[:, n - 1]).mean().item()
        results[f"step {n}"] = {
            "psnr_db": round(decibels[n - 1].item(), 2),
            "psnr_pooled_db": round(pooled[n - 1].item(), 2),
            "still_picture_pooled_db": round(still[n - 1].item(), 2),
            "perceptual": round(distance, 4),
        }
    strangers = perceptual(true[:, 0], true[:, 0].roll(1, 0)).mean().item()
    results["perceptual_between_unrelated_frames"] = round(strangers, 4)
    results["sharpness_ratio_steps_1_to_64"] = round(
        (sharpness(drawn).mean() / sharpness(true).mean()).item(), 3
    )
    results["sharpness_ratio_step_64"] = round(
        (sharpness(drawn[:, -1]).mean() / sharpness(true[:, -1]).mean()).item(), 3
    )
    rows = []
    for n in range(8):
        rows += [[s[n, shown - 1] for shown in SHOWN] for s in (true, drawn)]
    sheet(out / "open-loop.png", rows)
    return results


def open_places(seed: int, count: int, room: float) -> Walkers:
    """Return held-out walkers that face at least `room` free cells."""
    walkers = Walkers.spawn(list(range(seed, seed + 6 * count)))
    ways = np.tile(np.arange(32, dtype=np.float32) * (np.pi / 16), (6 * count, 1))
    far = walkers.ahead(ways)
    walkers.poses[:, 2] += ways[0, far.argmax(1)]
    chosen = np.flatnonzero(far.max(1) > room)[:count]
    return Walkers(walkers.mazes[chosen], walkers.poses[chosen], walkers.looks[chosen])


def following(dreamer: Dreamer, out: Path) -> dict[str, Any]:
    """Measure turns and walks by finding the teacher's view that is most similar to the result."""
    walkers = open_places(HELD_OUT + 2000, 24, 1.6)
    count = len(walkers.poses)
    asked = {  # move per step (ahead, left), turn per step, number of steps
        "turn_left_30_degrees": ((0, 0), math.radians(4), 7.5),
        "turn_right_20_degrees": ((0, 0), math.radians(-2), 10),
        "walk_0.7_cells": ((WALK, 0), 0.0, 10),
        "run_0.72_cells": ((RUN, 0), 0.0, 6),
        "step_aside_0.14_cells": ((0, WALK), 0.0, 2),
    }
    results, rows = {}, []
    shares = np.arange(0, 2.01, 0.05)
    for name, (move, turn, steps) in asked.items():
        plays = dreamer.begin(walkers)
        whole = math.ceil(steps)
        for _ in range(whole):
            dreamer.walk(plays, np.tile(np.array(move, np.float32) * (steps / whole), (count, 1)))
        headings = np.full(count, turn * steps, np.float32)
        shown = dreamer.look(plays, headings, walkers.looks)
        views, ways = [], []
        for share in shares:
            there = Walkers(walkers.mazes, walkers.poses.copy(), walkers.looks)
            way = np.zeros((count, 2), np.float32)
            for _ in range(whole):  # walls may stop them
                way += there.step(
                    np.tile(np.array(move, np.float32) * (share * steps / whole), (count, 1))
                )
            views.append(seen(there, headings * share))
            ways.append(np.hypot(*way.T) if any(move) else np.full(count, abs(headings[0]) * share))
        errors = torch.stack([(view - shown).abs().mean((1, 2, 3)) for view in views])
        best = np.take_along_axis(np.stack(ways), errors.argmin(0).numpy()[None], 0)[0]
        due, whole_way = ways[20], math.hypot(*move) * steps or abs(turn * steps)
        results[name] = {
            "mean_way_over_the_teachers": round(float(best.mean() / due.mean()), 3),
            "mean_error": round(float(np.abs(best - due).mean() / whole_way), 3),
        }
        rows += [[views[20][n] for n in range(8)], [shown[n] for n in range(8)]]
    sheet(out / "following.png", rows)
    return results


def returning(dreamer: Dreamer, out: Path) -> dict[str, Any]:
    """Measure turning and turning back, walking and walking back, and walking into a wall."""
    walkers = open_places(HELD_OUT + 3000, 16, 1.6)
    count = len(walkers.poses)
    plays, ahead = dreamer.begin(walkers), np.zeros(count, np.float32)
    first = dreamer.look(plays, ahead, walkers.looks)
    aside = dreamer.look(plays, ahead - 0.56, walkers.looks)
    turned_back = dreamer.look(plays, ahead, walkers.looks)
    walk = np.tile(np.array((WALK, 0), np.float32), (count, 1))
    for _ in range(16):
        dreamer.walk(plays, walk)
    away = dreamer.look(plays, ahead, walkers.looks)
    for _ in range(16):
        dreamer.walk(plays, -walk)
    back = dreamer.look(plays, ahead, walkers.looks)
    sheet(out / "returning.png", [list(part[:8]) for part in (first, aside, away, back)])
    plays, change = dreamer.begin(walkers), []
    shown, true = dreamer.look(plays, ahead, walkers.looks), seen(walkers, ahead)
    for _ in range(100):
        dreamer.walk(plays, walk)
        walkers.step(walk)
        before, shown = (true, shown), dreamer.look(plays, ahead, walkers.looks)
        true = seen(walkers, ahead)
        change.append([
            (now - then).abs().mean().item() * 127.5
            for then, now in zip(before, (true, shown), strict=True)
        ])  # fmt: skip
    sheet(out / "wall.png", [list(shown[:8])])
    results = {
        "turned_back_db": min(psnr(turned_back, first).mean().item(), 99.0),
        "walked_back_db": psnr(back, first).mean().item(),
        "away_db": psnr(away, first).mean().item(),
        "change_walking": change[0][1],
        "change_after_80_frames_ahead": float(np.mean(change[80:], 0)[1]),
        "the_teachers_change_then": float(np.mean(change[80:], 0)[0]),
    }
    return {name: round(value, 3) for name, value in results.items()}


class Explorers:
    """Moves for rollouts that wander and turn away from walls."""

    def __init__(self, plays: list[Play]) -> None:
        self._plays, count = plays, len(plays)
        self._random = np.random.default_rng(1)
        self.headings = np.zeros(count, np.float32)
        self._left = np.zeros(count, int)
        self._speed = np.zeros(count, np.float32)
        self._bend = np.zeros(count, np.float32)
        self._places = self._here()

    def _here(self) -> Moves:
        return torch.cat([play.place for play in self._plays]).numpy()

    def moves(self) -> Moves:
        """Return the next moves, (plays, 2)."""
        random, count, here = self._random, len(self.headings), self._here()
        stuck = np.linalg.norm(here - self._places, axis=1) < 0.3 * self._speed
        self._places = here
        new = (self._left <= 0) | stuck
        away = random.choice((-1, 1), count) * random.uniform(0.8, 2, count)
        self.headings += np.where(stuck, away, 0).astype(np.float32)
        self._speed = np.where(new, random.choice((WALK, RUN), count, p=(0.7, 0.3)), self._speed)
        self._bend = np.where(new, random.normal(0, 0.03, count), self._bend)
        self._left = np.where(new, random.integers(10, 40, count), self._left) - 1
        self.headings += self._bend.astype(np.float32)
        direction = np.stack([np.cos(self.headings), np.sin(self.headings)], 1)
        moves: Moves = (direction * self._speed[:, None]).astype(np.float32)
        return moves


def statistics(frames: Tensor) -> Tensor:
    """Return the sharpness, and the mean and standard deviation per color, (n, 7)."""
    return torch.cat([sharpness(frames)[:, None], frames.mean((2, 3)), frames.std((2, 3))], 1)


def range_of(look: int) -> tuple[Tensor, Tensor]:
    """Return the minimum and maximum statistics of the teacher's held-out views in a look."""
    walkers = Walkers.spawn(list(range(HELD_OUT + 9000, HELD_OUT + 9150)))
    walkers.looks[:] = look
    views = [seen(walkers, np.full(150, math.pi / 4 * n, np.float32)) for n in range(8)]
    results = torch.cat([statistics(view) for view in views])
    return results.amin(0), results.amax(0)


def inside(figures: Tensor) -> Tensor:
    """Return the fraction of frames in the range of their look; figures: (n, plays, 7)."""
    results = torch.zeros(figures.shape[1])
    for look in range(len(LOOK_NAMES)):
        low, high = range_of(look)
        slack = 0.1 * (high - low)
        mine = figures[:, look :: len(LOOK_NAMES)]
        good = (mine >= low - slack) & (mine <= high + slack)
        results[look :: len(LOOK_NAMES)] = good.all(-1).float().mean(0)
    return results


def teachers_own(walkers: Walkers, frames: int) -> Tensor:
    """Return the statistics (n, plays, 7) of rollouts by the teacher."""
    feet, results = Wanderers(walkers, HELD_OUT + 1), []
    for n in track(range(frames), "the teacher's"):
        walkers.step(feet.moves())
        if n % LOOKED_AT == 0:
            results.append(statistics(seen(walkers, feet.heading)))
    return torch.stack(results)


def stability(dreamer: Dreamer, out: Path, frames: int, count: int) -> dict[str, Any]:
    """Measure how long sharpness and colors stay in the teacher's range in long rollouts."""
    walkers = Walkers.spawn(list(range(HELD_OUT + 4000, HELD_OUT + 4000 + count)))
    walkers.looks = np.arange(count) % len(LOOK_NAMES)
    plays = dreamer.begin(walkers)
    players = Explorers(plays)
    results, kept = [], []
    for n in track(range(frames), "playing"):
        dreamer.walk(plays, players.moves())
        if (n + 1) % LOOKED_AT and n:
            continue
        shown = dreamer.look(plays, players.headings, walkers.looks)
        results.append(statistics(shown))
        if n + 1 in (1, 10, 30, 100, 200, 300, 500, 1000):
            kept.append(shown[:12])
    figures = torch.stack(results)
    mine, own = inside(figures), inside(teachers_own(walkers, frames))
    sheet(out / "stability.png", [[frame[n] for frame in kept] for n in range(min(12, count))])
    quarter = max(1, len(results) // 4)
    sharp = figures[..., 0]
    return {
        "plays": count,
        "frames": frames,
        "share_of_frames_in_the_teachers_range": round(mine.mean().item(), 4),
        "worst_play": round(mine.min().item(), 4),
        "the_teachers_own_share": round(own.mean().item(), 4),
        "the_teachers_worst_play": round(own.min().item(), 4),
        "sharpness_last_quarter_over_first": round(
            (sharp[-quarter:].mean() / sharp[:quarter].mean()).item(), 3
        ),
        "cells_walked_apart_mean": round(
            float(torch.cat([p.place.norm(dim=1) for p in plays]).mean()), 1
        ),
    }


def main(
    out: Annotated[Path, typer.Option(help="Folder of the sheets.")] = Path("build/sheets"),
    steps: Annotated[int, typer.Option(help="Denoising steps.")] = STEPS,
    frames: Annotated[int, typer.Option(help="Frames of the stability test.")] = 1000,
    plays: Annotated[int, typer.Option(help="Plays of the stability test.")] = 20,
    weights: Annotated[Path, typer.Option(help="File of the weights.")] = WEIGHTS,
) -> None:
    """Print the figures as JSON and write the picture sheets."""
    dreamer = Dreamer(load(weights), steps)
    print(json.dumps({
        "denoising_steps": steps,
        "temperature": TEMPERATURE,
        "open_loop": open_loop(dreamer, out),
        "action_following": following(dreamer, out),
        "returning": returning(dreamer, out),
        "stability": stability(dreamer, out, frames, plays),
    }, indent=2))  # fmt: skip


if __name__ == "__main__":
    typer.run(main)
