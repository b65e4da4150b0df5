from __future__ import annotations

import asyncio
import re
import socket
import sys
from pathlib import Path

import pytest

from lucid.machine import Gpu, installed, probe, tcp_port_is_free, torch_build
from lucid.server.gpu import GpuWatch
from lucid.server.metrics import Metrics
from tests.waits import until

MIB = 1024**2


def test_this_machine_is_asked_without_heavy_imports(tmp_path: Path) -> None:
    machine = probe(tmp_path / "not" / "there")
    assert machine.disk_free_bytes > 0
    assert machine.python.startswith("3.")


@pytest.mark.skipif(sys.platform == "darwin", reason="torch has one build for macOS")
@pytest.mark.parametrize(
    ("drivers", "build"),
    [
        ([], "cpu"),
        (["470.82.01"], "cpu"),
        (["535.183.01"], "cu126"),
        (["570.26"], "cu128"),
        (["580.65.06", "580.65.06"], "cu130"),
        (["580.65.06", "550.54.14"], "cu126"),
        (["[N/A]"], "cpu"),
    ],
)
def test_the_build_of_torch_is_one_that_the_oldest_driver_runs(
    drivers: list[str], build: str
) -> None:
    assert torch_build([Gpu("A", 1, 0, 1, driver) for driver in drivers]) == build


def driver(folder: Path, script: str) -> None:
    tool = folder / "nvidia-smi"
    tool.write_text(f"#!/bin/sh\n{script}\n")
    tool.chmod(0o755)


def test_a_driver_that_fails_is_told_and_one_that_answers_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert (probe(tmp_path).gpus, probe(tmp_path).gpu_problem) == ((), None)
    driver(tmp_path, "exit 9")
    assert "run nvidia-smi" in (probe(tmp_path).gpu_problem or "")
    driver(tmp_path, "echo 'A, 1000, 60, 900, 1.2, 87'; echo Failed; echo 'X, [N/A], 1, 2, 3, 4'")
    assert probe(tmp_path).gpus == (Gpu("A", 1000 * MIB, 60 * MIB, 900 * MIB, "1.2", 0.87),)


async def test_players_are_told_the_memory_of_the_first_gpu_that_the_model_sees(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    metrics = Metrics({"model": "a"})
    watch = GpuWatch(metrics)
    await watch.run()  # returns at once without a driver
    assert watch.latest is None
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "1,2")
    answers = "B, 1, 1, 1, 1.2, 0", "A, 1000, 60, 900, 1.2, 87", "A, 9, 8, 7, 1.2, [N/A]"
    driver(tmp_path, "; ".join(f"echo '{answer}'" for answer in answers))
    asking = asyncio.create_task(watch.run())
    await until(lambda: watch.latest is not None)
    asking.cancel()
    assert watch.latest == {"type": "gpu", "used_bytes": 60 * MIB, "total_bytes": 1000 * MIB}
    lines = re.findall(r"^lucid_gpu_(.*) (.*)$", metrics.exposition().decode(), re.MULTILINE)
    assert {name: float(value) for name, value in lines} == {
        'memory_used_bytes{gpu="1",model="a"}': 60 * MIB,
        'memory_used_bytes{gpu="2",model="a"}': 8 * MIB,
        'memory_bytes{gpu="1",model="a"}': 1000 * MIB,
        'memory_bytes{gpu="2",model="a"}': 9 * MIB,
        'load_ratio{gpu="1",model="a"}': 0.87,
    }


def test_installed_packages_are_known_by_version() -> None:
    assert installed("pydantic")
    assert installed("no-such-package-here") is None


def test_a_taken_tcp_port_is_not_free() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        tcp_port = listener.getsockname()[1]
        assert not tcp_port_is_free(tcp_port)
    assert tcp_port_is_free(tcp_port)
