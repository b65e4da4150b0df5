"""Check whether this machine can play a port; each problem comes with a remedy."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Self

from lucid.errors import LucidError
from lucid.hub.facts import Frozen, RepoFacts
from lucid.hub.machine_fit import check_fit
from lucid.hub.memory_settings import as_options
from lucid.machine import Machine

Status = Literal["ok", "warn", "fail"]

_MIN_DISK_BYTES = 20 * 10**9


class Finding(Frozen):
    """The result of one check of the machine."""

    id: str
    status: Status
    message: str
    remedy: str | None = None

    @classmethod
    def ok(cls, id: str, message: str, **more: Any) -> Self:
        """Return a finding that needs no remedy."""
        return cls(id=id, status="ok", message=message, **more)

    @classmethod
    def warn(cls, id: str, message: str, remedy: str | None, **more: Any) -> Self:
        """Return a finding that limits what is possible."""
        return cls(id=id, status="warn", message=message, remedy=remedy, **more)

    @classmethod
    def fail(cls, id: str, message: str, remedy: str | None) -> Self:
        """Return a finding that must be fixed."""
        return cls(id=id, status="fail", message=message, remedy=remedy)

    @classmethod
    def error(cls, id: str, error: LucidError) -> Self:
        """Return a finding of an error, which must be fixed."""
        return cls.fail(id, error.message, error.hint)


@dataclass(frozen=True)
class Surroundings:
    """Facts from outside ``Machine``: torch's CUDA, encoders, the TCP port and the Hub."""

    cuda: str | None
    """A description of the CUDA support of torch; None without torch."""
    cuda_works: bool
    encoders: Sequence[str]
    tcp_port: int
    tcp_port_free: bool
    tcp_port_is_lucids: bool
    """Whether a Lucid server listens on it."""
    has_token: bool
    repo: str | None
    """The repo of the port; None if the user named no port."""
    facts: RepoFacts | None
    """The facts of this repo; None if it could not be read."""
    access_problem: LucidError | None
    """Why the repo cannot be read."""
    port_findings: tuple[Finding, ...] = ()
    """What the port has and lacks on this disk: its engine, upstream code and weights."""
    token_problem: LucidError | None = None
    """Why the configured token is invalid."""


def examine(machine: Machine, around: Surroundings) -> list[Finding]:
    """Return the findings of all checks."""
    return [
        Finding.ok("python", f"Python {machine.python}"),
        _torch(machine, around),
        _gpu(machine, around),
        *around.port_findings,
        *_port(machine, around),
        _token(around),
        _tcp_port(around),
        _codec(around),
        _disk(machine),
    ]


def _torch(machine: Machine, around: Surroundings) -> Finding:
    if machine.torch is None:
        return Finding.warn(
            "torch",
            "torch is not installed, but ports with a neural network need it",
            "run `lucid sync PORT`, which installs it for that port, or pip install torch",
        )
    return Finding.ok("torch", f"torch {machine.torch}, {around.cuda}")


def _gpu(machine: Machine, around: Surroundings) -> Finding:
    if not machine.gpus:
        return Finding.warn(
            "gpu",
            machine.gpu_problem or "no NVIDIA GPU was found",
            "`lucid serve PORT --stub` plays a port of `lucid new` without a GPU",
        )
    names = "; ".join(
        f"{gpu.name}, {gpu.free_bytes / 1e9:.1f} of {gpu.total_bytes / 1e9:.1f} GB free"
        for gpu in machine.gpus
    )
    if machine.torch is not None and not around.cuda_works:
        return Finding.fail(
            "gpu",
            f"{names}, but torch cannot use it ({around.cuda})",
            "install a torch build for the driver's CUDA, see pytorch.org/get-started",
        )
    return Finding.ok("gpu", names)


def _port(machine: Machine, around: Surroundings) -> Iterator[Finding]:
    """Check that the named port's repo can be read and fits this machine."""
    if around.repo is None:
        return
    if around.access_problem is not None:
        yield Finding.error("access", around.access_problem)
    if around.facts is None:
        return
    if around.access_problem is None:
        yield Finding.ok("access", f"{around.repo} can be read")
    verdict = check_fit(around.facts, machine)
    statuses: dict[str, Status] = {"yes": "ok", "tight": "warn", "unknown": "warn", "no": "fail"}
    stub = "run `lucid serve PORT --stub` to play without weights"
    gpu = f"use a GPU with enough memory, such as {verdict.gpu}, or " if verdict.gpu else ""
    if verdict.smaller_gpu:
        options = as_options(verdict.settings)
        gpu += f"write the port again with {options} for a GPU such as {verdict.smaller_gpu}, or "
    yield Finding(
        id="fit",
        status=statuses[verdict.verdict],
        message="; ".join(verdict.reasons),
        remedy=None if verdict.verdict == "yes" else f"{gpu}{stub}",
    )


def _token(around: Surroundings) -> Finding:
    if around.token_problem:
        return Finding.error("token", around.token_problem)
    if around.has_token:
        return Finding.ok("token", "a Hugging Face token is set")
    return Finding.warn(
        "token",
        "no Hugging Face token is set: gated repos fail, and rate limits are lower",
        "run `hf auth login`, or set HF_TOKEN",
    )


def _tcp_port(around: Surroundings) -> Finding:
    if around.tcp_port_free:
        return Finding.ok("tcp_port", f"TCP port {around.tcp_port} is free")
    if around.tcp_port_is_lucids:
        message = f"TCP port {around.tcp_port} is in use by a Lucid server on this machine"
        return Finding.ok("tcp_port", message)
    return Finding.fail(
        "tcp_port",
        f"TCP port {around.tcp_port} is already in use",
        "run `lucid serve --port 0` to use a free port",
    )


def _codec(around: Surroundings) -> Finding:
    if around.encoders:
        names = ", ".join(around.encoders)
        return Finding.ok("codec", f"video encoders: {names}")
    return Finding.fail(
        "codec",
        "no video encoder works here, so `lucid serve` cannot stream",
        'pip install "lucid-runtime[serve]"',
    )


def _disk(machine: Machine) -> Finding:
    free = f"{machine.disk_free_bytes / 1e9:.0f} GB are free on the disk for downloads"
    if machine.disk_free_bytes >= _MIN_DISK_BYTES:
        return Finding.ok("disk", free)
    return Finding.warn(
        "disk", f"only {free}", "free some disk space, or set HF_HOME to a folder on another disk"
    )
