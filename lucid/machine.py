"""Describe this machine: Python, GPUs, memory, disk and free TCP ports; without slow imports."""

import shutil
import socket
import ssl
import subprocess
import sys
from collections.abc import Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

SERVER_NAME = "lucid"
"""The value of the header ``Server`` in each response of a Lucid server."""
_QUERY = (
    "--query-gpu=name,memory.total,memory.used,memory.free,driver_version,utilization.gpu",
    "--format=csv,noheader,nounits",
)
_TIMEOUT_S = 10.0
_ANSWER_S = 2.0
_TORCH_BUILDS = ((580, "cu130"), (570, "cu128"), (525, "cu126"))
"""The first major version of the driver that runs each build of torch. A driver for CUDA 12.0 runs
all builds for CUDA 12, except on GPUs that are newer than it."""
_MIB = 1024**2


@dataclass(frozen=True)
class Gpu:
    """A GPU, as reported by its driver."""

    name: str
    total_bytes: int
    used_bytes: int
    free_bytes: int
    """Less than total minus used, because the driver reserves some memory."""
    driver: str
    load: float | None = None
    """Share of the last second or less in which it computed; None if the driver does not tell."""


@dataclass(frozen=True)
class Machine:
    """The resources that a port could use."""

    python: str
    torch: str | None
    """The version of torch in Lucid's environment, or None."""
    gpus: tuple[Gpu, ...]
    gpu_problem: str | None
    """The driver's error, if it is installed but does not list the GPUs."""
    disk_free_bytes: int
    """Free space on the disk of the Hub's cache."""


def probe(cache: Path) -> Machine:
    """Describe this machine; ``cache`` is the folder for downloads."""
    gpus, problem = find_gpus()
    return Machine(
        python=".".join(map(str, sys.version_info[:3])),
        torch=installed("torch"),
        gpus=gpus,
        gpu_problem=problem,
        disk_free_bytes=shutil.disk_usage(_nearest_folder(cache)).free,
    )


def installed(package: str) -> str | None:
    """Return the version of an installed package, without importing it."""
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def tcp_port_is_free(tcp_port: int) -> bool:
    """Return whether a server could listen on this port of the loopback address."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as listener:
        if sys.platform != "win32":
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", tcp_port))
        except OSError:
            return False
    return True


def is_lucid_server(tcp_port: int) -> bool:
    """Return whether a server of Lucid's listens on this port of the loopback address."""
    unverified = ssl.create_default_context()
    unverified.check_hostname = False
    unverified.verify_mode = ssl.CERT_NONE  # `--lan` signs its certificate itself; no data is sent
    for connection in (
        HTTPConnection("127.0.0.1", tcp_port, timeout=_ANSWER_S),
        HTTPSConnection("127.0.0.1", tcp_port, timeout=_ANSWER_S, context=unverified),
    ):
        with closing(connection), suppress(OSError, HTTPException):
            connection.request("HEAD", "/")
            if connection.getresponse().getheader("Server") == SERVER_NAME:
                return True
    return False


def find_gpus() -> tuple[tuple[Gpu, ...], str | None]:
    """Return the NVIDIA GPUs, and the driver's error if it is installed but fails."""
    tool = shutil.which("nvidia-smi")
    if tool is None:
        return (), None
    try:
        run = subprocess.run(
            [tool, *_QUERY], capture_output=True, text=True, timeout=_TIMEOUT_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return (), "the GPU driver does not respond"
    if run.returncode != 0:
        return (), "the GPU driver reports an error: run nvidia-smi to see it"
    return _parse_gpus(run.stdout), None


def torch_build(gpus: Sequence[Gpu]) -> str | None:
    """Return the build of torch that fits the GPUs' driver: ``cu128``, or ``cpu`` without a GPU.

    On macOS it is None, because torch has only one build there.
    """
    if sys.platform == "darwin":
        return None
    drivers = [int(gpu.driver.partition(".")[0]) for gpu in gpus if gpu.driver[:1].isdecimal()]
    oldest = min(drivers, default=0)
    return next((build for first, build in _TORCH_BUILDS if oldest >= first), "cpu")


def _parse_gpus(table: str) -> tuple[Gpu, ...]:
    """Parse the driver's CSV table; skip lines that do not describe a GPU."""
    gpus = []
    for line in table.splitlines():
        cells = [cell.strip() for cell in line.split(",")]
        if len(cells) == 6 and all(cell.isdecimal() for cell in cells[1:4]):
            total, used, free = (int(cell) * _MIB for cell in cells[1:4])
            load = int(cells[5]) / 100 if cells[5].isdecimal() else None
            gpus.append(Gpu(cells[0], total, used, free, cells[4], load))
    return tuple(gpus)


def _nearest_folder(path: Path) -> Path:
    return next((folder for folder in (path, *path.parents) if folder.is_dir()), Path.cwd())
