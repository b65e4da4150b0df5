"""Copies of repos with the headers of their weights only."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from lucid import WeightsError
from lucid.hub.header_files import download_headers
from tests.hub_server import HubServer, hub_server
from tests.weights.tiny_port import REPO, write_repo, write_safetensors


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[HubServer]:
    with hub_server(tmp_path / "repos") as server:
        yield server


def download(hub: HubServer, folder: Path, *files: str) -> Path:
    return download_headers(folder / "cache", REPO, "main", [], files, hub.endpoint)


def test_configs_are_whole_and_weights_are_as_long_as_they_are(
    hub: HubServer, tmp_path: Path
) -> None:
    repo = write_repo(tmp_path, {"a": [1000, 1000, 1000]})
    folder = download(hub, tmp_path, "*")
    for name in ("config.json", "model.safetensors"):
        copy, original = folder / name, repo / name
        assert copy.stat().st_size == original.stat().st_size
        with copy.open("rb") as ours, original.open("rb") as theirs:
            assert ours.read(200) == theirs.read(200)
    assert hub.sent_bytes < 40_000
    assert (folder.parent.parent / "refs" / "main").read_text() == folder.name


@pytest.mark.parametrize(
    ("length", "problem"),
    [
        (5_000, "lists tensors of 2,000,000 bytes, and the file has 4,9"),
        (2_000_050, "lists tensors of 2,000,000 bytes, and the file has 1,999,9"),
        (4, "too short"),
    ],
)
def test_a_header_that_lies_is_refused(
    hub: HubServer, tmp_path: Path, length: int, problem: str
) -> None:
    repo = write_repo(tmp_path, {})
    write_safetensors(repo / "model.safetensors", {"a": [1000, 1000]}, length)
    with pytest.raises(WeightsError, match=problem) as raised:
        download(hub, tmp_path, "*.safetensors")
    assert "model.safetensors of someone/world" in raised.value.message


def test_a_server_that_ignores_range_is_refused(hub: HubServer, tmp_path: Path) -> None:
    write_repo(tmp_path, {f"layer.{index}.weight": [100] for index in range(2000)})
    hub.honours_range = False
    with pytest.raises(WeightsError, match="the server ignores Range"):
        download(hub, tmp_path, "model.safetensors")
