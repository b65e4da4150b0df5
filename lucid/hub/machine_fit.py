"""Estimate whether a machine can run a repo, before anything is downloaded."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from lucid.hub.facts import Fact, Frozen, RepoFacts
from lucid.hub.memory_settings import OFFLOAD, PRECISION, combinations
from lucid.machine import Machine

GB = 10**9
_ROOM = 1.2
"""Activations and caches need at least a fifth more than the weights."""

_GPUS = {
    "RTX 4060 (8 GB)": 8,
    "RTX 4070 (12 GB)": 12,
    "RTX 4080 (16 GB)": 16,
    "RTX 4090 (24 GB)": 24,
    "RTX 5090 (32 GB)": 32,
    "L40S (48 GB)": 48,
    "A100 or H100 (80 GB)": 80,
    "H200 (141 GB)": 141,
    "B200 (180 GB)": 180,
}
"""GPUs that people own or rent, by their memory in GB."""

Verdict = Literal["yes", "tight", "no", "unknown"]


class Fit(Frozen):
    """A verdict and the reasons for it."""

    verdict: Verdict
    reasons: tuple[str, ...]
    """If the verdict is no or unknown, only the reasons for that part of the verdict."""
    gpu: str | None = None
    """The smallest common GPU with enough memory; None if that memory is unknown or too large."""
    smaller_gpu: str | None = None
    """A smaller GPU that has enough memory with other settings of the engine, if there is one."""
    settings: Mapping[str, str] = {}
    """The settings for it, as `lucid new --set NAME=VALUE`."""


class Inspection(RepoFacts):
    """What ``lucid inspect --json`` prints."""

    fit: Fit | None
    """For this machine; None if the repo is not a world model."""


def check_fit(facts: RepoFacts, machine: Machine) -> Fit:
    """Compare what the weights need with what the machine has; the worse part decides."""
    parts = [_disk(facts, machine), _gpu(facts, machine)]
    order: tuple[Verdict, ...] = ("no", "unknown", "tight", "yes")
    verdict = min((part[0] for part in parts), key=order.index)
    decisive = [why for kind, why in parts if kind == verdict or verdict in ("tight", "yes")]
    smaller = smaller_gpu(facts)
    return Fit(
        verdict=verdict,
        reasons=tuple(decisive),
        gpu=smallest_gpu(facts),
        smaller_gpu=smaller[0] if smaller else None,
        settings=smaller[1] if smaller else {},
    )


def smallest_gpu(facts: RepoFacts) -> str | None:
    """Return the smallest common GPU with enough memory; None if it is unknown or none has it."""
    return _named(_gpu_memory(facts)[0])


def smaller_gpu(facts: RepoFacts) -> tuple[str, dict[str, str]] | None:
    """Return a smaller GPU than ``smallest_gpu``, and the settings of the engine that it needs.

    Return None if no settings help. If several combinations of settings need the same GPU, return
    the one with the fewest settings.
    """
    names = list(_GPUS)
    best = smallest_gpu(facts)
    found = None
    for settings in filter(None, combinations(facts.engine)):
        chosen = {name: Fact(value=value, evidence="") for name, value in settings.items()}
        gpu = _named(_weights(facts.model_copy(update={"facts": {**facts.facts, **chosen}}))[0])
        if gpu is not None and (best is None or names.index(gpu) < names.index(best)):
            best, found = gpu, (gpu, settings)
    return found


def _named(wanted_bytes: float | None) -> str | None:
    if wanted_bytes is None:
        return None
    return next((name for name, gb in _GPUS.items() if gb * GB >= wanted_bytes), None)


def _text(size_bytes: float) -> str:
    size_gb = size_bytes / GB
    if size_gb < 0.0005:
        return "under 1 MB"
    return f"{size_gb:.1f} GB" if size_gb >= 0.05 else f"{1000 * size_gb:.0f} MB"


def _disk(facts: RepoFacts, machine: Machine) -> tuple[Verdict, str]:
    free = f"{machine.disk_free_bytes / GB:.0f} GB of disk are free"
    needed, others = _needed(facts)
    if facts.commit is None and not others:
        return "yes", "the folder has all files"
    own = Fact(value=0, evidence="a local folder") if facts.commit is None else facts.download_bytes
    if own is None:
        return "unknown", f"the download's size is unknown{others}; {free}"
    wanted = own.value + needed
    fits = wanted < machine.disk_free_bytes
    return ("yes" if fits else "no"), f"the download takes {_text(wanted)}{others}; {free}"


def _gpu(facts: RepoFacts, machine: Machine) -> tuple[Verdict, str]:
    wanted, why = _gpu_memory(facts)
    if not machine.gpus:
        return "no", f"{machine.gpu_problem or 'no NVIDIA GPU was found here'}; {why}"
    best = max(machine.gpus, key=lambda gpu: gpu.total_bytes)
    has = f"{best.name} has {best.total_bytes / GB:.1f} GB, {best.free_bytes / GB:.1f} of them free"
    if wanted is None:
        return "unknown", f"{why}; {has}"
    if wanted > best.total_bytes:
        return "no", f"{why}; {has}"
    return ("tight" if wanted > best.free_bytes * 0.9 else "yes"), f"{why}; {has}"


def _gpu_memory(facts: RepoFacts) -> tuple[float | None, str]:
    """Return the bytes of GPU memory that the model needs, if they are known, and the source.

    Upstream's figure counts only for upstream's own weights, and without settings: upstream runs
    the model without them.
    """
    asked = facts.facts.get("vram_gb")
    is_copy = facts.derived is not None and facts.derived.value.relation == "quantized"
    changed = is_copy or any(facts.facts.get(name) for name in (PRECISION, OFFLOAD))
    if asked is not None and not changed:
        return asked.value * GB, f"upstream asks for {asked.value:g} GB of GPU memory"
    return _weights(facts)


def _weights(facts: RepoFacts) -> tuple[float | None, str]:
    """Return the bytes of GPU memory for the weights with the chosen settings, and the source."""
    unknown = "how much GPU memory it needs is unknown"
    if facts.vram_bytes is None:
        return None, unknown
    sizes = facts.vram_bytes.value
    precision, chosen = facts.facts.get(PRECISION), facts.facts.get(OFFLOAD)
    by_itself = facts.engine.value.settings.get(OFFLOAD, ("no",)) if facts.engine else ("no",)
    offload = chosen.value if chosen else by_itself[0]
    total = sizes.get(precision.value if precision else "stored")
    if total is None:
        return None, unknown
    needed, others = _needed(facts)
    how = f" with {precision.value}" if precision else ""
    if offload == "yes":
        share = (total - sizes["stored"] + sizes["network"]) / (sizes["network"] or 1)
        most = max(share * sizes["largest"], sizes["rest"], needed)
        return most * _ROOM, f"the largest part takes {_text(most)} of GPU memory{how}"
    total += needed
    return total * _ROOM, f"the weights alone take {_text(total)} of GPU memory{how}{others}"


def _needed(facts: RepoFacts) -> tuple[int, str]:
    """Return the bytes that the engine downloads from other repos, and a text that names them."""
    needs = [need for need in facts.needed_repos if need.is_downloaded]
    if not needs:
        return 0, ""
    total = sum(need.size_bytes or 0 for need in needs)
    unknown = [need.repo for need in needs if need.size_bytes is None]
    known = [need.repo for need in needs if need.size_bytes is not None]
    parts = [f"with {_text(total)} from {', '.join(known)}"] if known else []
    parts += [f"without {', '.join(unknown)}, whose size is unknown"] if unknown else []
    return total, f", {' and '.join(parts)}"
