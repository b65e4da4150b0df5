"""Measure the committed weights against the teacher: `python -m labyrinth.evaluate`.

Everything happens in mazes that training never saw. Figures are printed as JSON; the picture
sheets, teacher above model, are for a person to judge.
"""

from __future__ import annotations

import json
import math
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

from labyrinth.looks import LOOK_NAMES
from labyrinth.model import HISTORY, STEPS, TEMPERATURE, Memory, WorldModel, load
from labyrinth.train import HELD_OUT, Episodes, draw, psnr, rollout, sharpness
from labyrinth.world import RUN, TURN, WALK, Frames, Walkers

OPEN_LOOP = 64  # frames of an open-loop rollout
SHOWN = (1, 2, 4, 8, 16, 32, 48, 64)


def sheet(path: Path, rows: list[list[Tensor]]) -> None:
    """Write frames (3, 96, 128) in [-1, 1] as one picture."""
    lines = [torch.cat([((frame + 1) * 127.5).round() for frame in row], 2) for row in rows]
    pixels = torch.cat(lines, 1).to(torch.uint8).permute(1, 2, 0).numpy()
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path, optimize=True)


def perceptual(frames: Tensor, truth: Tensor) -> Tensor:
    """Return a distance like LPIPS's, per frame of (n, 3, 96, 128).

    LPIPS's formula over oriented edges at three scales in place of a trained network's features:
    each place's features are brought to unit length, their squared differences averaged.
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


def open_loop(model: WorldModel, out: Path, steps: int) -> dict[str, Any]:
    """Roll out along held-out episodes: how far from the teacher, and how sharp."""
    seeds = list(range(HELD_OUT + 1000, HELD_OUT + 1032))
    data = Episodes(*draw(seeds, HISTORY + OPEN_LOOP, 0.0))
    frames = rollout(model, data, OPEN_LOOP, steps=steps)
    at = HISTORY + torch.arange(OPEN_LOOP)
    truth = data.pixels(torch.arange(len(seeds))[:, None], at)
    decibels = psnr(frames, truth).mean(0)
    found: dict[str, Any] = {}
    # A mean of decibels is ruled by plays that stand still; so here is the pooled error as well,
    # and that of going on showing the last frame seen.
    last = data.pixels(torch.arange(len(seeds)), torch.tensor(HISTORY - 1))[:, None]
    pooled, still = (
        -10 * ((guess - truth) / 2).square().mean((0, 2, 3, 4)).log10() for guess in (frames, last)
    )
    for n in (1, 8, 16, 32):
        distance = perceptual(frames[:, n - 1], truth[:, n - 1]).mean().item()
        found[f"step {n}"] = {
            "psnr_db": round(decibels[n - 1].item(), 2),
            "psnr_pooled_db": round(pooled[n - 1].item(), 2),
            "still_picture_pooled_db": round(still[n - 1].item(), 2),
            "perceptual": round(distance, 4),
        }
    strangers = perceptual(truth[:, 0], truth[:, 0].roll(1, 0)).mean().item()
    found["perceptual_between_unrelated_frames"] = round(strangers, 4)
    found["sharpness_ratio_steps_1_to_64"] = round(
        (sharpness(frames).mean() / sharpness(truth).mean()).item(), 3
    )
    found["sharpness_ratio_step_64"] = round(
        (sharpness(frames[:, -1]).mean() / sharpness(truth[:, -1]).mean()).item(), 3
    )
    rows = []
    for n in range(8):
        rows += [[s[n, shown - 1] for shown in SHOWN] for s in (truth, frames)]
    sheet(out / "open-loop.png", rows)
    return found


def pixels_of(frames: Frames) -> Tensor:
    """Return the teacher's frames as the model takes them."""
    return torch.from_numpy(frames.copy()).permute(0, 3, 1, 2).float() / 127.5 - 1


class Plays:
    """Plays of the model, one per starting frame, each with its own noise."""

    def __init__(self, model: WorldModel, start: Tensor, looks: Tensor, steps: int) -> None:
        self._model, self._looks, self._steps = model, looks, steps
        self._memories = [Memory(frame) for frame in start]
        self._random = torch.Generator().manual_seed(0)
        self.frames = start

    def step(self, actions: Tensor) -> Tensor:
        """Return the next frames for actions (plays, 3)."""
        turns = [float(turn) for turn in actions[:, 2]]
        pasts = [m.recall(turn) for m, turn in zip(self._memories, turns, strict=True)]
        past, asked = (torch.cat(part) for part in zip(*pasts, strict=True))
        noise = TEMPERATURE * torch.randn(self.frames.shape, generator=self._random)
        self.frames = self._model.dream(past, asked, actions, self._looks, noise, steps=self._steps)
        for memory, frame, turn in zip(self._memories, self.frames, turns, strict=True):
            memory.keep(frame, turn)
        return self.frames


def open_places(seed: int, count: int, room: float) -> Walkers:
    """Return held-out walkers with at least `room` cells before them."""
    walkers = Walkers.spawn(list(range(seed, seed + 6 * count)))
    chosen = np.flatnonzero(walkers.ahead() > room)[:count]
    return Walkers(walkers.mazes[chosen], walkers.poses[chosen], walkers.looks[chosen])


def moved(walkers: Walkers, action: NDArray[np.float32]) -> Walkers:
    """Return the walkers after one step, wherever walls are."""
    other = Walkers(walkers.mazes, walkers.poses.copy(), walkers.looks)
    heading = other.poses[:, 2] + action[2]
    other.poses[:, 0] += action[0] * np.cos(heading) + action[1] * np.sin(heading)
    other.poses[:, 1] += action[0] * np.sin(heading) - action[1] * np.cos(heading)
    other.poses[:, 2] = heading
    return other


def following(model: WorldModel, out: Path, steps: int) -> dict[str, Any]:
    """Ask for turns and walks from a standstill; find what came of it among the teacher's views."""
    walkers = open_places(HELD_OUT + 2000, 24, 1.6)
    start, looks = pixels_of(walkers.draw()), torch.from_numpy(walkers.looks)
    asked = {
        "turn_left_30_degrees": ((0, 0, TURN), 7.5),
        "turn_right_20_degrees": ((0, 0, -TURN / 2), 10),
        "walk_0.7_cells": ((WALK, 0, 0), 10),
        "run_0.72_cells": ((RUN, 0, 0), 6),
    }
    found, rows = {}, []
    for name, (action, count) in asked.items():
        plays = Plays(model, start, looks, steps)
        whole = math.ceil(count)
        each = torch.tensor(action).float() * (count / whole)
        for _ in range(whole):
            frames = plays.step(each.expand(len(start), 3))
        shares = np.arange(0, 2.01, 0.05)
        total = np.array(action, np.float32) * count
        views = [pixels_of(moved(walkers, total * np.float32(share)).draw()) for share in shares]
        errors = torch.stack([(view - frames).abs().mean((1, 2, 3)) for view in views])
        best = shares[errors.argmin(0).numpy()]
        found[name] = {
            "came_of_it": round(float(np.median(best)), 3),
            "mean_error": round(float(np.abs(best - 1).mean()), 3),
        }
        rows += [[views[20][n] for n in range(8)], [frames[n] for n in range(8)]]
    sheet(out / "following.png", rows)
    return found


def returning(model: WorldModel, out: Path, steps: int) -> dict[str, Any]:
    """Turn right by 32 degrees and back; walk into a wall for 60 frames."""
    walkers = open_places(HELD_OUT + 3000, 16, 1.2)
    start, looks = pixels_of(walkers.draw()), torch.from_numpy(walkers.looks)
    plays = Plays(model, start, looks, steps)
    right = torch.tensor([[0, 0, -TURN]]).float().expand(len(start), 3)
    for n in range(16):
        back = plays.step(right if n < 8 else -right)
        if n == 7:
            away = back
    sheet(out / "returning.png", [list(start[:8]), list(away[:8]), list(back[:8])])
    found = {"back_db": psnr(back, start).mean().item(), "away_db": psnr(away, start).mean().item()}
    plays = Plays(model, start, looks, steps)
    ahead = torch.tensor([[WALK, 0, 0]]).float().expand(len(start), 3)
    change = []
    for n in range(100):
        before = plays.frames
        after = plays.step(ahead)
        if n % 10 == 0 or n > 80:
            change.append((after - before).abs().mean().item() * 127.5)
    found |= {
        "change_walking": change[0],
        "change_after_80_frames_ahead": float(np.mean(change[-19:])),
    }
    return {name: round(value, 3) for name, value in found.items()}


def wander(changes: Tensor, mood: Tensor, left: Tensor, random: torch.Generator) -> Tensor:
    """Choose each play's next action (plays, 3); who walks and sees no change, turns."""
    count = len(mood)
    stuck = (mood < 2) & (changes < 0.008)
    new = (left <= 0) | stuck
    mood[new] = torch.multinomial(
        torch.tensor([4.0, 1.0, 2.0, 2.0]), count, True, generator=random
    )[new]
    mood[stuck] = 2 + torch.randint(2, (count,), generator=random)[stuck]
    left[new] = torch.randint(6, 24, (count,), generator=random)[new]
    left -= 1
    table = torch.tensor([[WALK, 0, 0], [RUN, 0, 0.02], [0, 0, TURN], [0.03, 0, -TURN]])
    return table[mood].float()


def statistics(frames: Tensor) -> Tensor:
    """Return sharpness, mean and deviation of each color: (n, 7)."""
    return torch.cat([sharpness(frames)[:, None], frames.mean((2, 3)), frames.std((2, 3))], 1)


def stability(model: WorldModel, out: Path, steps: int, frames: int, plays: int) -> dict[str, Any]:
    """Play on for many frames: do sharpness and colors stay where the teacher's are?"""
    seeds = list(range(HELD_OUT + 4000, HELD_OUT + 4000 + plays))
    walkers = Walkers.spawn(seeds)
    walkers.looks = np.arange(plays) % len(LOOK_NAMES)
    played = Plays(model, pixels_of(walkers.draw()), torch.from_numpy(walkers.looks), steps)
    random = torch.Generator().manual_seed(1)
    mood, left = torch.zeros(plays, dtype=torch.long), torch.zeros(plays, dtype=torch.long)
    changes = torch.ones(plays)
    found, kept = [], []
    for n in track(range(frames), "playing"):
        before = played.frames
        after = played.step(wander(changes, mood, left, random))
        changes = (after - before).abs().mean((1, 2, 3))
        found.append(statistics(after))
        if n + 1 in (1, 10, 30, 100, 200, 300, 500, 1000):
            kept.append(after[:8])
    # The teacher's range, look by look, from as many held-out views.
    inside = torch.zeros(plays)
    for look in range(len(LOOK_NAMES)):
        views = Walkers.spawn(list(range(HELD_OUT + 9000, HELD_OUT + 9100)))
        views.looks = np.full(100, look)
        parts = []
        for quarter in range(8):
            views.poses[:, 2] += math.pi / 4 * quarter
            parts.append(statistics(pixels_of(views.draw())))
        range_ = torch.cat(parts)
        low, high = range_.amin(0), range_.amax(0)
        slack = 0.1 * (high - low)
        mine = torch.stack(found)[:, look :: len(LOOK_NAMES)]
        good = ((mine >= low - slack) & (mine <= high + slack)).all(-1).float().mean(0)
        inside[look :: len(LOOK_NAMES)] = good
    sheet(out / "stability.png", [[frame[n] for frame in kept] for n in range(min(8, plays))])
    last = torch.stack(found)[-frames // 4 :, :, 0].mean().item()
    first = torch.stack(found)[: frames // 4, :, 0].mean().item()
    return {
        "plays": plays,
        "frames": frames,
        "share_of_frames_in_the_teachers_range": round(inside.mean().item(), 4),
        "worst_play": round(inside.min().item(), 4),
        "sharpness_last_quarter_over_first": round(last / first, 3),
    }


def main(
    out: Annotated[Path, typer.Option(help="Where the picture sheets go.")] = Path("build/sheets"),
    steps: Annotated[int, typer.Option(help="Denoising steps.")] = STEPS,
    frames: Annotated[int, typer.Option(help="Frames of the stability test.")] = 1000,
    plays: Annotated[int, typer.Option(help="Plays of the stability test.")] = 20,
    weights: Annotated[Path | None, typer.Option(help="Others than the committed ones.")] = None,
) -> None:
    """Print the figures as JSON and write the picture sheets."""
    model = load(weights) if weights else load()
    print(json.dumps({
        "denoising_steps": steps,
        "temperature": TEMPERATURE,
        "open_loop": open_loop(model, out, steps),
        "action_following": following(model, out, steps),
        "returning": returning(model, out, steps),
        "stability": stability(model, out, steps, frames, plays),
    }, indent=2))  # fmt: skip


if __name__ == "__main__":
    typer.run(main)
