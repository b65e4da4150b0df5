"""Train the labyrinth's world model from nothing: `python -m labyrinth.train`.

Draws the teacher's episodes once into a cache, then trains by flow matching. Half of a batch are
windows of the teacher's frames, their past made noisy; the other half goes on from what the model
itself drew (as in play), so that it learns to mend its own drift. A checkpoint is written every
`--save` steps and a run that is started again goes on from it, with new plays of the model's own:
only a run without a stop gives the same bits again.
"""

from __future__ import annotations

import json
import math
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import torch
import typer
from rich.progress import Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from safetensors.torch import save_file
from torch import Tensor

from labyrinth import world
from labyrinth.looks import LOOKS
from labyrinth.model import HISTORY, LAGS, STEPS, TEMPERATURE, WEIGHTS, WorldModel, move

HELD_OUT = 1_000_000  # seeds of mazes from here on are for evaluation only
BLOCK = 64  # episodes drawn by one call
_LAGS = torch.tensor(LAGS)


@dataclass(frozen=True)
class Config:
    """What decides the weights, with the seed."""

    episodes: int = 1024
    frames: int = 60  # of an episode
    held_out: int = 16  # episodes that the curve is measured on
    relook: float = 0.25  # share of the episodes whose look changes halfway
    batch: int = 16
    steps: int = 1_800
    decay: float = 0.4  # share of the steps, the last ones, over which the learning rate falls
    rate: float = 1e-3
    warm: int = 100  # steps up to the full learning rate
    own_from: int = 500  # the step from which half of a batch goes on from the model's own frames
    own_slots: int = 48
    own_frames: int = 32  # the longest a slot goes on before it begins anew
    ema: float = 0.998
    seed: int = 0


def draw(seeds: list[int], frames: int, relook: float) -> tuple[Any, Any, Any]:
    """Return episodes as arrays: frames (n, frames, 3, 96, 128), actions, looks."""
    parts = list(world.episodes(seeds, frames, relook=relook))
    pictures, actions, looks = (np.stack(part, 1) for part in zip(*parts, strict=True))
    return np.ascontiguousarray(pictures.transpose(0, 1, 4, 2, 3)), actions, looks


class Episodes:
    """The teacher's episodes in memory, and the windows of a batch cut from them."""

    def __init__(self, frames: Any, actions: Any, looks: Any) -> None:
        self.frames = torch.from_numpy(frames)
        self.actions = torch.from_numpy(actions)
        self.looks = torch.from_numpy(looks)
        self.headings = self.actions[..., 2].cumsum(1)

    @classmethod
    def drawn(cls, config: Config, cache: Path) -> Episodes:
        """Read the training episodes from `cache`, drawn there first where they are missing."""
        name = f"episodes-{config.episodes}-{config.frames}-{config.relook}-{config.seed}.npz"
        if not (cache / name).exists():
            cache.mkdir(parents=True, exist_ok=True)
            first = config.seed * config.episodes
            blocks = [
                list(range(n, min(n + BLOCK, first + config.episodes)))
                for n in range(first, first + config.episodes, BLOCK)
            ]
            with ProcessPoolExecutor() as workers, Progress() as progress:
                bar = progress.add_task("drawing episodes", total=len(blocks))
                parts = []
                many = len(blocks)
                for part in workers.map(
                    draw, blocks, [config.frames] * many, [config.relook] * many
                ):
                    parts.append(part)
                    progress.advance(bar)
            arrays = [np.concatenate(part) for part in zip(*parts, strict=True)]
            np.savez(cache / name, *arrays)
        with np.load(cache / name) as stored:
            return cls(*(stored[key] for key in stored.files))

    def pixels(self, episode: Tensor, at: Tensor) -> Tensor:
        """Return frames as the model takes them, from -1 to 1."""
        return self.frames[episode, at].float() / 127.5 - 1

    def asked(self, episode: Tensor, at: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return the turns from each past frame, the actions and the looks of new frames."""
        past = at[:, None] - _LAGS
        turns = self.headings[episode, at][:, None] - self.headings[episode[:, None], past]
        return turns, self.actions[episode, at], self.looks[episode, at]


@dataclass
class Batch:
    """What one training step sees; shapes as `WorldModel.dream` takes them."""

    past: Tensor
    turns: Tensor
    action: Tensor
    look: Tensor
    target: Tensor
    time: Tensor
    doubt: Tensor

    def mirrored(self, which: Tensor) -> Batch:
        """Return the batch with the chosen rows seen in a mirror."""
        sign = torch.where(which, -1.0, 1.0)
        wide = which[:, None, None, None]
        action = self.action * torch.stack([torch.ones_like(sign), sign, sign], 1)
        past = torch.where(wide[:, None], self.past.flip(-1), self.past)
        target = torch.where(wide, self.target.flip(-1), self.target)
        return Batch(
            past, self.turns * sign[:, None], action, self.look, target, self.time, self.doubt
        )


def times(count: int, whole: float) -> Tensor:
    """Return noise levels to train on: 1 in a share `whole`, else from 0.15 to 0.85."""
    return torch.where(torch.rand(count) < whole, 1.0, 0.15 + 0.7 * torch.rand(count))


def windows(data: Episodes, count: int) -> Batch:
    """Return windows of the teacher's frames, their past made noisy to a known level."""
    episode = torch.randint(len(data.frames), (count,))
    at = torch.randint(HISTORY, data.frames.shape[1], (count,))
    turns, action, look = data.asked(episode, at)
    past = data.pixels(episode[:, None], at[:, None] - _LAGS)
    # In some, play has only begun: all of the past is one frame, seen standing still.
    begun = torch.rand(count) < 0.1
    past = torch.where(begun[:, None, None, None, None], past[:, :1], past)
    turns = torch.where(begun[:, None], action[:, 2:], turns)
    doubt = torch.where(torch.rand(count) < 0.6, 0.25 * torch.rand(count), 0.0)
    noisy = doubt > 0
    past[noisy] += doubt[noisy][:, None, None, None, None] * torch.randn_like(past[noisy])
    batch = Batch(past, turns, action, look, data.pixels(episode, at), times(count, 0.4), doubt)
    return batch.mirrored(torch.rand(count) < 0.5)


class Own:
    """Plays of the model's own, each along an episode of the teacher's for some frames."""

    def __init__(self, data: Episodes, config: Config) -> None:
        self._data, self._config = data, config
        slots = config.own_slots
        self._episode = torch.zeros(slots, dtype=torch.long)
        self._at = torch.zeros(slots, dtype=torch.long)
        self._end = torch.zeros(slots, dtype=torch.long)
        self._past = torch.zeros(slots, HISTORY, *data.frames.shape[2:])
        self._begin(torch.arange(slots))

    def _begin(self, slots: Tensor) -> None:
        count = len(slots)
        last = self._data.frames.shape[1]
        self._episode[slots] = torch.randint(len(self._data.frames), (count,))
        self._at[slots] = torch.randint(HISTORY, last - 1, (count,))
        length = torch.randint(2, self._config.own_frames + 1, (count,))
        self._end[slots] = (self._at[slots] + length).clamp_max(last)
        back = self._at[slots][:, None] - torch.arange(1, HISTORY + 1)
        self._past[slots] = self._data.pixels(self._episode[slots][:, None], back)

    def batch(self, count: int, *, whole: bool) -> tuple[Batch, Tensor]:
        """Return what some plays see next, and which they are."""
        slots = torch.randperm(len(self._at))[:count]
        episode, at = self._episode[slots], self._at[slots]
        turns, action, look = self._data.asked(episode, at)
        past = self._past[slots][:, _LAGS - 1]
        time = times(count, 1.0 if whole else 0.0)
        target = self._data.pixels(episode, at)
        return Batch(past, turns, action, look, target, time, torch.zeros(count)), slots

    def go_on(self, slots: Tensor, frames: Tensor) -> None:
        """Take `frames` as what these plays drew."""
        self._past[slots] = torch.cat([frames[:, None], self._past[slots][:, :-1]], 1)
        self._at[slots] += 1
        self._begin(slots[self._at[slots] >= self._end[slots]])


def learning_rate(step: int, config: Config) -> float:
    """Return the rate of a step: a short rise, a plateau, a fall to a fiftieth as a cosine."""
    start = config.steps * (1 - config.decay)
    done = max(0.0, (step - start) / (config.steps - start))
    fall = 0.51 + 0.49 * math.cos(math.pi * min(1.0, done))
    return config.rate * min(1.0, (step + 1) / config.warm) * fall


class Trainer:
    """The network in training, its averaged copy and what a checkpoint holds."""

    def __init__(self, config: Config, data: Episodes, folder: Path, device: str) -> None:
        self.config, self.data, self.device = config, data, device
        self.checkpoint = folder / "checkpoint.pt"
        torch.manual_seed(config.seed)
        self.model = WorldModel(len(LOOKS)).to(device)
        self.average = WorldModel(len(LOOKS)).to(device)
        self.average.load_state_dict(self.model.state_dict())
        self.optimizer = torch.optim.AdamW(
            self.model.parameters(), config.rate, betas=(0.9, 0.98), weight_decay=1e-3
        )
        self.own = Own(data, config)
        self.step = 0
        self.seconds = 0.0
        if self.checkpoint.exists():
            stored = torch.load(self.checkpoint, map_location=device, weights_only=True)
            self.model.load_state_dict(stored["model"])
            self.average.load_state_dict(stored["average"])
            self.optimizer.load_state_dict(stored["optimizer"])
            self.step, self.seconds = stored["step"], stored["seconds"]
            torch.set_rng_state(stored["rng"].cpu())

    def save(self) -> None:
        """Write the checkpoint whole or not at all."""
        stored = {
            "model": self.model.state_dict(),
            "average": self.average.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "step": self.step,
            "seconds": self.seconds,
            "rng": torch.get_rng_state(),
        }
        part = self.checkpoint.with_suffix(".part")
        torch.save(stored, part)
        part.replace(self.checkpoint)

    def train_step(self) -> float:
        """Take one step; return its loss."""
        config = self.config
        batch, slots, whole = windows(self.data, config.batch), None, self.step % 2 == 0
        if self.step >= config.own_from:
            batch = windows(self.data, config.batch // 2)
            own, slots = self.own.batch(config.batch - config.batch // 2, whole=whole)
            pairs = zip(vars(batch).values(), vars(own).values(), strict=True)
            batch = Batch(*(torch.cat(pair) for pair in pairs))
        batch = Batch(*(part.to(self.device) for part in vars(batch).values()))
        noise = torch.randn_like(batch.target)
        level = batch.time[:, None, None, None]
        with torch.no_grad():
            views, rest = move(batch.past, batch.turns, batch.action)
        condition = self.model.condition(batch.time, batch.action, batch.look, batch.doubt)
        noisy = (1 - level) * batch.target + level * noise
        seen = self.model.see(views, rest)
        clean = self.model(noisy, views, seen, condition)
        # Charbonnier: squares of small errors, and large ones by their size, for firm edges.
        error = ((clean - batch.target) ** 2 + 0.1**2).sqrt() - 0.1
        loss = (error.mean((1, 2, 3)) / batch.time).mean()
        for group in self.optimizer.param_groups:
            group["lr"] = learning_rate(self.step, config)
        self.optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimizer.step()
        keep = min(config.ema, self.step / (self.step + 20))
        with torch.no_grad():
            pairs = zip(self.average.parameters(), self.model.parameters(), strict=True)
            for mean, value in pairs:
                mean.lerp_(value, 1 - keep)
        if slots is not None and whole:
            mine = slice(config.batch // 2, None)
            self._go_on(slots, clean.detach()[mine], noise[mine], views[mine], seen[mine], batch)
        self.step += 1
        return float(loss)

    @torch.no_grad()
    def _go_on(
        self, slots: Tensor, clean: Tensor, noise: Tensor, views: Tensor, seen: Tensor, batch: Batch
    ) -> None:
        """Finish the frames whose first denoising step was just trained on, and play on with them.

        Here and there without the second step, so that play with one step is learnt as well.
        """
        action, look = batch.action[-len(clean) :], batch.look[-len(clean) :]
        half = torch.full((len(clean),), 0.5, device=clean.device)
        condition = self.model.condition(half, action, look, 0 * half)
        frames = clean
        if self.step % 8:
            frames = self.model(0.5 * clean + 0.5 * noise, views, seen, condition)
        self.own.go_on(slots, frames.clamp(-1, 1).cpu())


@torch.no_grad()
def rollout(model: WorldModel, data: Episodes, frames: int, *, steps: int, seed: int = 0) -> Tensor:
    """Return the model's frames (episodes, frames, 3, 96, 128), in [-1, 1], along the episodes.

    It sees the teacher's first HISTORY frames and from then on only its own, and the actions.
    """
    random = torch.Generator().manual_seed(seed)
    count = len(data.frames)
    episode = torch.arange(count)
    seen = [data.pixels(episode, torch.tensor(n)) for n in range(HISTORY)]
    for n in range(HISTORY, HISTORY + frames):
        turns, action, look = data.asked(episode, torch.full((count,), n))
        past = torch.stack([seen[-lag] for lag in LAGS], 1)
        noise = TEMPERATURE * torch.randn(past[:, 0].shape, generator=random)
        seen.append(model.dream(past, turns, action, look, noise, steps=steps))
    return torch.stack(seen[HISTORY:], 1)


def sharpness(frames: Tensor) -> Tensor:
    """Return the mean size of the gradient over the last three dimensions."""
    right = frames.diff(dim=-1).abs().mean((-1, -2, -3))
    return right + frames.diff(dim=-2).abs().mean((-1, -2, -3))


def psnr(frames: Tensor, truth: Tensor) -> Tensor:
    """Return the peak signal-to-noise ratio in dB over the last three dimensions of [-1, 1]."""
    return -10 * torch.log10(((frames - truth) / 2).square().mean((-1, -2, -3)) + 1e-8)


def validate(trainer: Trainer, data: Episodes) -> dict[str, float]:
    """Return how the averaged network does on held-out mazes."""
    model = trainer.average.eval()
    here = model.cpu() if trainer.device != "cpu" else model
    frames = rollout(here, data, 32, steps=STEPS)
    model.to(trainer.device)
    truth = data.pixels(torch.arange(len(data.frames))[:, None], HISTORY + torch.arange(32))
    decibels = psnr(frames, truth).mean(0)
    ratio = sharpness(frames).mean() / sharpness(truth).mean()
    found = {f"psnr_{n}": round(decibels[n - 1].item(), 2) for n in (1, 8, 16, 32)}
    return found | {"sharpness": round(ratio.item(), 3)}


def main(
    steps: Annotated[int, typer.Option(help="Training steps in all.")] = Config.steps,
    folder: Annotated[Path, typer.Option(help="Cache, checkpoint and curve.")] = Path("build"),
    out: Annotated[Path, typer.Option(help="Where the weights go.")] = WEIGHTS,
    save: Annotated[int, typer.Option(help="Steps between checkpoints.")] = 400,
    device: Annotated[str, typer.Option(help="cpu or cuda.")] = "cpu",
    seed: Annotated[int, typer.Option(help="Of the data, the weights and the noise.")] = 0,
) -> None:
    """Train, resume where a checkpoint is in FOLDER, and write the weights."""
    config = Config(steps=steps, seed=seed)
    data = Episodes.drawn(config, folder)
    seeds = list(range(HELD_OUT, HELD_OUT + config.held_out))
    held_out = Episodes(*draw(seeds, HISTORY + 32, 0.0))
    trainer = Trainer(config, data, folder, device)
    started, before = time.monotonic(), trainer.seconds
    columns = (TextColumn("loss {task.fields[loss]:.4f}"), TimeElapsedColumn())
    with Progress(*Progress.get_default_columns()[:3], *columns, TimeRemainingColumn()) as progress:
        bar = progress.add_task("training", total=steps, completed=trainer.step, loss=0.0)
        mean = 0.0
        while trainer.step < steps:
            mean += (trainer.train_step() - mean) * (0.02 if mean else 1.0)
            progress.update(bar, completed=trainer.step, loss=mean)
            if trainer.step % save == 0 or trainer.step == steps:
                trainer.seconds = before + time.monotonic() - started
                trainer.save()
                line = {"step": trainer.step, "minutes": round(trainer.seconds / 60, 1)}
                line |= {"loss": round(mean, 4)} | validate(trainer, held_out)
                progress.console.print(line)
                with (folder / "curve.jsonl").open("a") as curve:
                    curve.write(json.dumps(line) + "\n")
    weights = {
        name: value.half().cpu().contiguous()
        for name, value in trainer.average.state_dict().items()
    }
    save_file(weights, out, metadata={"config": json.dumps(asdict(config))})
    print(f"{out}: {out.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    typer.run(main)
