"""What this machine has: Python, GPUs, memory, disk, free TCP ports. Nothing heavy is imported."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

_QUERY = (
    "--query-gpu=name,memory.total,memory.free,driver_version",
    "--format=csv,noheader,nounits",
)
_TIMEOUT_S = 10.0
_MIB = 1024**2


@dataclass(frozen=True)
class Gpu:
    """A graphics card, as its driver describes it."""

    name: str
    total_bytes: int
    free_bytes: int
    driver: str


@dataclass(frozen=True)
class Machine:
    """What a port could use."""

    python: str
    torch: str | None
    """The version installed beside Lucid; None where there is none."""
    gpus: tuple[Gpu, ...]
    gpu_problem: str | None
    """Why no GPU could be asked for, where the driver is there and fails."""
    disk_free_bytes: int
    """Where the Hub's cache is, or will be."""


def probe(cache: Path) -> Machine:
    """Ask this machine; ``cache`` is where downloads go."""
    gpus, problem = _gpus()
    return Machine(
        python=".".join(map(str, sys.version_info[:3])),
        torch=installed("torch"),
        gpus=gpus,
        gpu_problem=problem,
        disk_free_bytes=shutil.disk_usage(_existing(cache)).free,
    )


def installed(package: str) -> str | None:
    """The version of an installed package, without importing it."""
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def tcp_port_is_free(tcp_port: int) -> bool:
    """Whether a server could listen there, on the loopback."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as listener:
        if sys.platform != "win32":
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", tcp_port))
        except OSError:
            return False
    return True


def parse_gpus(text: str) -> tuple[Gpu, ...]:
    """The driver's table: name, total and free MiB, driver version; odd lines are left out."""
    gpus = []
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.split(",")]
        if len(cells) == 4 and cells[1].isdecimal() and cells[2].isdecimal():
            gpus.append(Gpu(cells[0], int(cells[1]) * _MIB, int(cells[2]) * _MIB, cells[3]))
    return tuple(gpus)


def _gpus() -> tuple[tuple[Gpu, ...], str | None]:
    tool = shutil.which("nvidia-smi")
    if tool is None:
        return (), None
    try:
        run = subprocess.run(
            [tool, *_QUERY], capture_output=True, text=True, timeout=_TIMEOUT_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return (), "the GPU's driver does not answer"
    if run.returncode != 0:
        return (), "the GPU's driver reports an error: run nvidia-smi to see it"
    return parse_gpus(run.stdout), None


def _existing(path: Path) -> Path:
    """The nearest folder above that is there."""
    return next((folder for folder in (path, *path.parents) if folder.is_dir()), Path.cwd())
