"""Train the network that dreams the land: `python -m landscape.train`.

It draws the data first and writes a checkpoint every two minutes. It goes on from the checkpoint,
or from the committed weights if there is none.
"""

from __future__ import annotations

import copy
import json
import math
import time
from pathlib import Path
from typing import Annotated, Any

import torch
import typer
from rich.progress import Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.nn import functional

from landscape.data import HELD_OUT, OLDER, WALK, draw_all, read_all
from landscape.model import SCALES, WEIGHTS, Dreamer, bounded, load, noise_like
from landscape.polar import COLUMN, COLUMNS, moved

AVERAGE = 0.998  # decay of the averaged weights per step
SPREAD = 0.7  # weight of the distance between two samples; 1 is the energy score
ALONE = 0.55  # share of the training before the network gets noise
SMALL = 0.02  # errors far below this, in units of SCALES, hardly count
WARM = 100  # steps until the full learning rate


class Walks:
    """The maps of many walks, and one dreamt walk per place of a batch, which goes on.

    Each step trains the next map of each dreamt walk, so the network sees its own mistakes.
    """

    def __init__(self, folder: Path, batch: int, device: str = "cpu") -> None:
        parts = list(read_all(folder))
        self._maps = torch.cat([maps for maps, _ in parts]).to(device)
        self._places = torch.cat([places for _, places in parts]).to(device)
        self._walk = torch.zeros(batch, dtype=torch.long)
        self._at = torch.full((batch,), -1)
        self._way = torch.full((batch,), -1)
        self._dream = torch.zeros(batch, *self._maps.shape[2:], device=device)
        self._turn = torch.zeros(batch, dtype=torch.long)
        self._mirrored = torch.zeros(batch, dtype=torch.bool)

    def _truth(self, n: int, index: int) -> tuple[Tensor, Tensor]:
        """Return a map and its position, turned and mirrored like the walk n of the batch."""
        land = self._maps[self._walk[n], index].float()
        x, y = self._places[self._walk[n], index].tolist()
        if self._mirrored[n]:
            land, y = land.flip(1), -y
        turn = int(self._turn[n])
        angle = -turn * COLUMN
        cos, sin = math.cos(angle), math.sin(angle)
        place = torch.tensor([x * cos - y * sin, x * sin + y * cos], device=land.device)
        return land.roll(turn, 1), place

    def _next(self, n: int) -> tuple[Tensor, ...]:
        """Return the move of the walk n, its next map, an older map, its move, and its trust."""
        if not 0 <= self._at[n] + self._way[n] < WALK or torch.rand(()) < 0.1:
            self._walk[n] = torch.randint(len(self._maps), ())
            self._way[n] = 2 * torch.randint(2, ()) - 1
            self._at[n] = torch.randint(WALK - 1, ()) + (self._way[n] < 0)
            self._turn[n] = torch.randint(COLUMNS, ())
            self._mirrored[n] = torch.rand(()) < 0.5
            self._dream[n] = self._truth(n, int(self._at[n]))[0]
        now = int(self._at[n])
        after = now + int(self._way[n])
        here = self._truth(n, now)[1]
        target, there = self._truth(n, after)
        self._at[n] = after
        others = [other for other in range(WALK + OLDER) if other not in (now, after)]
        old, place = self._truth(n, others[int(torch.randint(len(others), ()))])
        far = (there - place).norm()
        trust = (-far / 4).exp() if self._remembers and far < 8 else torch.zeros_like(far)
        return there - here, target, old, there - place, trust

    def loss(self, net: Dreamer, spread: float) -> Tensor:
        """Advance all dreamt walks by one step; return the score of the samples.

        spread: the weight of the distance between two samples. With 0, the network gets no noise.
        """
        self._remembers = bool(torch.rand(()) < 0.5)
        parts = zip(*(self._next(n) for n in range(len(self._walk))), strict=True)
        move, target, old, move_old, trust = (torch.stack(part) for part in parts)
        last = moved(self._dream, move)
        old = moved(old, move_old) if trust.any() else last
        scales = SCALES.to(last.device)
        if not spread:
            one = net(last, old, trust, torch.zeros_like(noise_like(last)))
            self._dream = bounded(one.detach())
            return distance(one / scales, target / scales)
        one, other = (net(last, old, trust, noise_like(last)) for _ in range(2))
        self._dream = bounded(one.detach())
        return score(one / scales, other / scales, target / scales, spread)


def score(one: Tensor, other: Tensor, truth: Tensor, spread: float) -> Tensor:
    """Return the mean distance of two samples to the truth, minus a part of that between them.

    With a spread of 1 it is an energy score: its expectation is smallest if the samples follow the
    distribution of the truth. Less spread costs variety, and keeps long walks steady.
    """
    to_truth = distance(one, truth) + distance(other, truth)
    return (to_truth - spread * distance(one, other)) / 2


def distance(one: Tensor, other: Tensor) -> Tensor:
    """Return the mean distance of two batches of maps.

    It is averaged over single positions and over windows of 4 and 16 columns and bins.
    """
    apart = (one - other).square().mean(1, keepdim=True)
    near = [(functional.avg_pool2d(apart, n) + SMALL**2).sqrt().mean() for n in (1, 4, 16)]
    return (2 * near[0] + near[1] + near[2]) / 4


@torch.no_grad()
def measure(net: Dreamer, folder: Path) -> dict[str, float]:
    """Return errors of walks in held-out countries, dreamt and by only moving the first map."""
    maps, places = (torch.cat(part) for part in zip(*read_all(folder), strict=True))
    random = torch.Generator().manual_seed(0)
    dreamt = still = maps[:, 0].float()
    results: dict[str, float] = {}
    none = torch.zeros(len(maps))
    for n in range(1, WALK):
        move, truth = places[:, n] - places[:, n - 1], maps[:, n].float()
        last, still = moved(dreamt, move), moved(still, move)
        dreamt = bounded(net(last, last, none, noise_like(last, random)))
        errors, base = (
            ((a - truth) / SCALES).square().mean((0, 2, 3)).sqrt() for a in (dreamt, still)
        )
        if n in (1, WALK - 1):
            results |= {f"error_{n}": round(float(errors.mean()), 4)}
            results |= {f"moved_{n}": round(float(base.mean()), 4)}
    rough = [(a.diff(dim=-1).abs().mean((0, 2, 3))) for a in (dreamt, still, truth)]
    results["sharpness"] = round(float((rough[0] / rough[2]).mean()), 3)
    results["sharpness_moved"] = round(float((rough[1] / rough[2]).mean()), 3)
    return results


def rate_at(step: int, steps: int, rate: float) -> float:
    """Return the learning rate: a linear start, a plateau, and a cosine fall to 2 %."""
    done = max(0.0, (step / steps - 0.6) / 0.4)
    return rate * min(1.0, (step + 1) / WARM) * (0.51 + 0.49 * math.cos(math.pi * min(1.0, done)))


def spread_at(step: int, steps: int) -> float:
    """Return the weight of the distance between two samples: 0 at first, later SPREAD."""
    return SPREAD * min(1.0, max(0.0, (step / steps - ALONE) * 10))


def write(net: nn.Module, path: Path, **facts: Any) -> None:
    """Write the weights in half precision, with facts about the training."""
    weights = {name: value.half().cpu().contiguous() for name, value in net.state_dict().items()}
    save_file(weights, path, metadata={"training": json.dumps(facts)})


def train(
    folder: Path, device: str, seed: int, walks: int, steps: int, batch: int, rate: float,
    begin: Path | None = None, save_minutes: float = 2.0,
) -> Dreamer:  # fmt: skip
    """Train and return the averaged network; the checkpoint and the metrics are in `folder`.

    begin: weights to start from if there is no checkpoint.
    """
    torch.manual_seed(seed)
    draw_all(folder / "train", seed * walks, walks)
    draw_all(folder / "held-out", HELD_OUT, max(2, walks // 30))
    data = Walks(folder / "train", batch, device)
    net = Dreamer() if begin is None else load(begin).requires_grad_(True)
    net = net.to(device).train()
    mean_net = copy.deepcopy(net).requires_grad_(False)
    optimizer = torch.optim.AdamW(net.parameters(), betas=(0.9, 0.98), weight_decay=1e-3)
    checkpoint, step = folder / "checkpoint.pt", 0
    if checkpoint.exists():
        stored = torch.load(checkpoint, map_location=device, weights_only=True)
        net.load_state_dict(stored["net"])
        mean_net.load_state_dict(stored["mean_net"])
        optimizer.load_state_dict(stored["optimizer"])
        step = stored["step"]
        torch.set_rng_state(stored["random"].cpu())
    columns = (TextColumn("loss {task.fields[loss]:.4f}"), TimeElapsedColumn())
    saved = time.monotonic()
    with Progress(*Progress.get_default_columns()[:3], *columns, TimeRemainingColumn()) as progress:
        bar = progress.add_task("training", total=steps, completed=step, loss=0.0)
        while step < steps:
            for group in optimizer.param_groups:
                group["lr"] = rate_at(step, steps, rate)
            loss = data.loss(net, spread_at(step, steps))
            optimizer.zero_grad()
            torch.autograd.backward(loss)
            nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            optimizer.step()
            step += 1
            average(mean_net, net, step)
            progress.update(bar, completed=step, loss=loss.item())
            if step == steps or time.monotonic() - saved > 60 * save_minutes:
                saved = time.monotonic()
                stored = {
                    "net": net.state_dict(), "mean_net": mean_net.state_dict(),
                    "optimizer": optimizer.state_dict(), "step": step,
                    "random": torch.get_rng_state(),
                }  # fmt: skip
                torch.save(stored, checkpoint.with_suffix(".part"))
                checkpoint.with_suffix(".part").replace(checkpoint)
                here = copy.deepcopy(mean_net).cpu()
                line = {"step": step} | measure(here, folder / "held-out")
                progress.console.print(line)
                with (folder / "metrics.jsonl").open("a") as file:
                    file.write(json.dumps(line) + "\n")
    return mean_net


@torch.no_grad()
def average(mean_net: nn.Module, net: nn.Module, step: int) -> None:
    """Move the averaged weights towards the weights."""
    keep = min(AVERAGE, step / (step + 20))
    for mean, now in zip(mean_net.parameters(), net.parameters(), strict=True):
        mean.lerp_(now, 1 - keep)


def main(
    folder: Annotated[Path, typer.Option(help="Data, checkpoint and metrics.")] = Path("build"),
    out: Annotated[Path, typer.Option(help="File for the weights.")] = WEIGHTS,
    device: Annotated[str, typer.Option(help="cpu or cuda.")] = "cpu",
    seed: Annotated[int, typer.Option(help="Seed of the data, the weights and the noise.")] = 0,
    walks: Annotated[int, typer.Option(help="Countries to walk in.")] = 400,
    steps: Annotated[int, typer.Option(help="Training steps.")] = 1100,
    batch: Annotated[int, typer.Option(help="Walks per step.")] = 12,
) -> None:
    """Train the network on from the checkpoint in FOLDER, else from OUT, else from nothing."""
    begin = out if out.exists() else None
    net = train(folder, device, seed, walks, steps, batch, 1e-3, begin)
    write(net, out, seed=seed, walks=walks, steps=steps, batch=batch)
    print(f"{out}: {out.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    typer.run(main)
