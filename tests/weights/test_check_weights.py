"""``lucid check PORT --weights`` on a small port and a local Hub."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from lucid._target import find_port
from lucid.weights.compare import check_weights
from lucid.weights.report import WeightsReport
from tests.hub_server import HubServer, hub_server
from tests.weights.tiny_port import shapes, write_port, write_repo

pytest.importorskip("torch")
import torch

EMA = 'tensors = read_weights(weights / "model.pt", pickles=True)["generator_ema"]'


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[HubServer]:
    """A Hub, and an empty cache."""
    with hub_server(tmp_path / "repos") as server:
        monkeypatch.setenv("HF_ENDPOINT", server.endpoint)
        monkeypatch.setenv("HF_HOME", str(tmp_path / "home"))
        monkeypatch.delenv("HF_HUB_CACHE", raising=False)
        yield server


def check(port: Path, folder: Path | None = None) -> WeightsReport:
    return check_weights(find_port(str(port), port.parent), folder)


def test_a_huge_checkpoint_matches_and_only_its_header_is_read(
    hub: HubServer, tmp_path: Path
) -> None:
    repo = write_repo(tmp_path, shapes(70_000), width=70_000)
    assert (repo / "model.safetensors").stat().st_size > 19e9
    report = check(write_port(tmp_path))
    assert report.text == "Net: 5 tensors match (someone/world/model.safetensors)"
    assert (report.exit_code, report.stopped) == (0, None), report.stopped
    assert hub.sent_bytes < 40_000


def test_a_missing_a_renamed_an_extra_and_a_wrong_tensor_are_named_with_both_shapes(
    hub: HubServer, tmp_path: Path
) -> None:
    tensors = shapes(prefix="model.")
    tensors["model.layers.0.proj.weight"] = tensors.pop("model.layers.0.weight")
    del tensors["model.layers.1.bias"]
    tensors |= {"model.head.weight": [4, 8], "model.tail": [2]}
    write_repo(tmp_path, tensors)
    port = write_port(
        tmp_path,
        """
        tensors = read_weights(weights / "model.safetensors")
        tensors = {name.removeprefix("model."): tensor for name, tensor in tensors.items()}
        self.net.load_state_dict(tensors)
        """,
    )
    report = check(port)
    assert report.text.splitlines() == [
        "Net: 2 of 5 tensors match (someone/world/model.safetensors: model)",
        "  missing: layers.0.weight (8, 8) in the module: map layers.0.proj.weight to it in "
        "Engine.load",
        "  missing: layers.1.bias (8) in the module: no file that was loaded into it has this "
        "tensor",
        "  wrong shape: head.weight (3, 8) in the module, model.head.weight (4, 8) in "
        "someone/world/model.safetensors: build the module with the checkpoint's own config",
        "  extra: model.layers.0.proj.weight (8, 8) in someone/world/model.safetensors (loaded as "
        "layers.0.proj.weight), not in the module: map its key in Engine.load, or leave it out "
        "there",
        "  extra: model.tail (2) in someone/world/model.safetensors (loaded as tail), not in the "
        "module: map its key in Engine.load, or leave it out there",
    ]
    assert report.exit_code == 1


def test_of_a_pickle_the_branch_that_no_module_reads_is_listed(
    hub: HubServer, tmp_path: Path
) -> None:
    repo = write_repo(tmp_path, {})
    branches = {
        branch: {f"model.{name}": torch.zeros(shape) for name, shape in shapes().items()}
        for branch in ("generator", "generator_ema")
    }
    torch.save({**branches, "step": 7}, repo / "model.pt")
    port = write_port(
        tmp_path,
        EMA
        + """
        self.net.load_state_dict({name[6:]: tensor for name, tensor in tensors.items()})
        """.replace("        ", ""),
        ("model.pt",),
    )
    report = check(port)
    assert report.text.splitlines() == [
        "Net: 5 tensors match (someone/world/model.pt: generator_ema.model)",
        "not read: someone/world/model.pt: generator (5 tensors)",
    ]
    assert report.exit_code == 0
