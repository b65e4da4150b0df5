from __future__ import annotations

import socket
from pathlib import Path

import pytest

from lucid.machine import installed, parse_gpus, probe, tcp_port_is_free


def test_the_driver_s_table_is_read_and_odd_lines_are_left_out() -> None:
    gpus = parse_gpus(
        "NVIDIA GeForce RTX 5090, 32607, 31000, 570.86\nFailed to query\nX, [N/A], 1, 2\n"
    )
    assert [(gpu.name, gpu.total_bytes, gpu.driver) for gpu in gpus] == [
        ("NVIDIA GeForce RTX 5090", 32607 * 1024**2, "570.86")
    ]


def test_this_machine_is_asked_without_heavy_imports(tmp_path: Path) -> None:
    machine = probe(tmp_path / "not" / "there")
    assert machine.disk_free_bytes > 0
    assert machine.python.startswith("3.")


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
    driver(tmp_path, "echo 'A, 1000, 900, 1.2'")
    assert probe(tmp_path).gpus[0].name == "A"


def test_installed_packages_are_known_by_version() -> None:
    assert installed("pydantic")
    assert installed("no-such-package-here") is None


def test_a_taken_tcp_port_is_not_free() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        tcp_port = listener.getsockname()[1]
        assert not tcp_port_is_free(tcp_port)
    assert tcp_port_is_free(tcp_port)
