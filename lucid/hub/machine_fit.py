"""Estimate whether a machine can run a repo, before anything is downloaded."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

from lucid.hub.facts import RepoFacts
from lucid.machine import Machine

GB = 10**9
_ROOM = 1.2
"""Activations and caches need at least a fifth more than the weights."""

Verdict = Literal["yes", "tight", "no", "unknown"]


class Fit(BaseModel):
    """A verdict and the reasons for it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    verdict: Verdict
    reasons: tuple[str, ...]


class Inspection(RepoFacts):
    """What ``lucid inspect --json`` prints."""

    fit: Fit | None
    """For this machine; None if the repo is not a world model."""


def check_fit(facts: RepoFacts, machine: Machine) -> Fit:
    """Compare what the weights need with what the machine has; the worse part decides."""
    parts = [_disk(facts, machine), _gpu(facts, machine)]
    order: tuple[Verdict, ...] = ("no", "unknown", "tight", "yes")
    verdict = min((part[0] for part in parts), key=order.index)
    return Fit(verdict=verdict, reasons=tuple(part[1] for part in parts))


def _disk(facts: RepoFacts, machine: Machine) -> tuple[Verdict, str]:
    free = f"{machine.disk_free_bytes / GB:.0f} GB of disk are free"
    if facts.download_bytes is None:
        return "unknown", f"the download's size is unknown; {free}"
    wanted = facts.download_bytes.value
    fits = wanted < machine.disk_free_bytes
    return ("yes" if fits else "no"), f"the download takes {wanted / GB:.1f} GB; {free}"


def _gpu(facts: RepoFacts, machine: Machine) -> tuple[Verdict, str]:
    asked = facts.facts.get("vram_gb")
    stored = facts.vram_bytes.value.get("stored") if facts.vram_bytes else None
    if asked is not None:
        wanted, why = asked.value * GB, f"upstream asks for {asked.value:g} GB of GPU memory"
    elif stored is not None:
        wanted, why = stored * _ROOM, f"the weights alone take {stored / GB:.1f} GB of GPU memory"
    else:
        wanted, why = None, "how much GPU memory it needs is unknown"
    if not machine.gpus:
        return "no", f"{why}; {machine.gpu_problem or 'no NVIDIA GPU was found here'}"
    best = max(machine.gpus, key=lambda gpu: gpu.total_bytes)
    has = f"{best.name} has {best.total_bytes / GB:.1f} GB, {best.free_bytes / GB:.1f} of them free"
    if wanted is None:
        return "unknown", f"{why}; {has}"
    if wanted > best.total_bytes:
        return "no", f"{why}; {has}"
    return ("tight" if wanted > best.free_bytes * 0.9 else "yes"), f"{why}; {has}"
