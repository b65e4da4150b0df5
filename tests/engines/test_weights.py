"""``lucid check PORT --weights DIR`` on generated engines that load with from_pretrained."""

from __future__ import annotations

from pathlib import Path

import pytest

from lucid._target import find_port
from lucid.weights.compare import check_weights
from lucid.weights.report import WeightsReport
from tests.engines.porting import Port, kept_port

pytest.importorskip("torch")
pytest.importorskip("diffusers")
from safetensors.torch import load_file, save_file

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
MODULES = {
    "helios": {"AutoencoderKLWan", "HeliosTransformer3DModel", "UMT5EncoderModel"},
    "sana-wm": {"AutoencoderKLLTX2Video", "SanaWMTransformer3DModel", "Gemma2Model"},
}


def check(port: Port, weights: Path) -> WeightsReport:
    return check_weights(find_port(str(port.folder), port.folder.parent), weights)


@pytest.mark.parametrize("folder", MODULES)
def test_the_load_of_an_engine_fills_every_module(
    folder: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = kept_port(folder, tmp_path, monkeypatch)
    report = check(port, port.use_tiny_weights())
    assert (report.exit_code, report.stopped) == (0, None), report.text
    lines = report.text.splitlines()
    assert {line.partition(":")[0] for line in lines} == MODULES[folder]
    assert all("tensors match" in line for line in lines)


def test_a_tensor_of_another_name_is_missing_and_its_likely_name_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = kept_port("sana-wm", tmp_path, monkeypatch)
    weights = port.use_tiny_weights()
    file = weights / "transformer/diffusion_pytorch_model.safetensors"
    tensors = load_file(file)
    name = next(iter(tensors))
    tensors[f"model.{name}"] = tensors.pop(name)
    save_file(tensors, file, {"format": "pt"})
    report = check(port, weights)
    assert report.exit_code == 1
    (line,) = (line for line in report.text.splitlines() if "missing" in line)
    assert name in line and f"model.{name}" in report.text
