"""The training loop of all networks: resumable, seeded, with averaged weights."""

from __future__ import annotations

import copy
import json
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import torch
from rich.progress import Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from torch import Tensor, nn

Net = TypeVar("Net", bound=nn.Module)


@dataclass(frozen=True)
class Schedule:
    """The length, batch size and learning rate of a training."""

    steps: int
    batch: int
    rate: float
    decay: float = 0.5  # fraction of the steps at the end in which the learning rate falls
    warm: int = 200  # steps until the full learning rate
    average: float = 0.998  # decay of the averaged weights per step

    def rate_at(self, step: int) -> float:
        """Return the learning rate: linear warmup, a plateau, then cosine decay to 2 %."""
        start = self.steps * (1 - self.decay)
        done = min(1.0, max(0.0, (step - start) / max(1.0, self.steps - start)))
        fall = 0.51 + 0.49 * math.cos(math.pi * done)
        return self.rate * min(1.0, (step + 1) / self.warm) * fall


def autocast(device: str) -> torch.autocast:
    """Return a bfloat16 autocast, enabled only if the device is fast with bfloat16."""
    fast = device != "cpu" or torch.cpu._is_avx512_bf16_supported()
    return torch.autocast(device, torch.bfloat16, enabled=fast)


def fit(
    name: str,
    net: Net,
    loss_of: Callable[[Net], Tensor],
    measure: Callable[[Net], dict[str, float]],
    schedule: Schedule,
    *,
    folder: Path,
    device: str,
    save: int,
) -> Net:
    """Train `net` and return its averaged copy; resume from the checkpoint in `folder`, if any.

    loss_of: returns the loss of the network on a new batch. measure: returns metrics of the
    averaged copy, which are appended to `folder`/NAME.jsonl with each checkpoint. save: steps
    between two checkpoints.
    """
    checkpoint = folder / f"{name}.pt"
    net = net.to(device)
    mean_net = copy.deepcopy(net).requires_grad_(False)
    optimizer = torch.optim.AdamW(
        net.parameters(), betas=(0.9, 0.98), weight_decay=1e-3, fused=True
    )  # fmt: skip
    step, seconds = 0, 0.0
    if checkpoint.exists():
        stored = torch.load(checkpoint, map_location=device, weights_only=True)
        net.load_state_dict(stored["net"])
        mean_net.load_state_dict(stored["mean_net"])
        optimizer.load_state_dict(stored["optimizer"])
        step, seconds = stored["step"], stored["seconds"]
        torch.set_rng_state(stored["rng"].cpu())
        torch.cuda.set_rng_state_all([state.cpu() for state in stored["rng_cuda"]])
    began = time.monotonic() - seconds
    columns = (TextColumn("loss {task.fields[loss]:.4f}"), TimeElapsedColumn())
    with Progress(*Progress.get_default_columns()[:3], *columns, TimeRemainingColumn()) as progress:
        bar = progress.add_task(name, total=schedule.steps, completed=step, loss=0.0)
        values: list[Tensor] = [*net.parameters()]
        mean_values: list[Tensor] = [*mean_net.parameters()]
        mean_loss: Tensor | None = None
        while step < schedule.steps:
            for group in optimizer.param_groups:
                group["lr"] = schedule.rate_at(step)
            with autocast(device):
                loss = loss_of(net)
            optimizer.zero_grad()
            torch.autograd.backward(loss)
            nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            optimizer.step()
            keep = min(schedule.average, step / (step + 20))
            with torch.no_grad():
                torch._foreach_lerp_(mean_values, values, 1 - keep)
                loss = loss.detach()
                mean_loss = loss if mean_loss is None else mean_loss.lerp(loss, 0.02)
            step += 1
            if step % 10 == 0:  # item() waits for the device
                progress.update(bar, completed=step, loss=mean_loss.item())
            if step % save and step < schedule.steps:
                continue
            stored = {
                "net": net.state_dict(),
                "mean_net": mean_net.state_dict(),
                "optimizer": optimizer.state_dict(),
                "step": step,
                "seconds": time.monotonic() - began,
                "rng": torch.get_rng_state(),
                "rng_cuda": torch.cuda.get_rng_state_all(),
            }
            torch.save(stored, checkpoint.with_suffix(".part"))
            checkpoint.with_suffix(".part").replace(checkpoint)
            line = {"step": step, "minutes": round(stored["seconds"] / 60, 1)}
            line |= {"loss": round(mean_loss.item(), 4)} | measure(mean_net)
            progress.console.print(line)
            with (folder / f"{name}.jsonl").open("a") as curve:
                curve.write(json.dumps(line) + "\n")
    return mean_net
