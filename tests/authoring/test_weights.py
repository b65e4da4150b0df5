from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file

from lucid import WeightsError, read_weights

WEIGHTS = {"a": torch.arange(6.0).reshape(2, 3), "b.bias": torch.ones(2, dtype=torch.bfloat16)}


class Bomb:
    """What an attacker pickles."""

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, ("exploded",)


def same(found: dict[str, torch.Tensor]) -> bool:
    return found.keys() == WEIGHTS.keys() and all(
        torch.equal(found[name], WEIGHTS[name]) for name in WEIGHTS
    )


def test_safetensors_are_read(tmp_path: Path) -> None:
    save_file(WEIGHTS, tmp_path / "model.safetensors")
    assert same(read_weights(tmp_path / "model.safetensors"))


def test_a_pickle_is_read_where_it_is_allowed_only(tmp_path: Path) -> None:
    torch.save(WEIGHTS, tmp_path / "model.pt")
    with pytest.raises(WeightsError, match="a pickle can run code when it is read"):
        read_weights(tmp_path / "model.pt")
    assert same(read_weights(tmp_path / "model.pt", pickles=True))


@pytest.mark.parametrize("zipped", [True, False])
def test_a_pickle_never_runs_code(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, zipped: bool
) -> None:
    monkeypatch.chdir(tmp_path)
    torch.save({"a": Bomb()}, "model.pt", _use_new_zipfile_serialization=zipped)
    with pytest.raises(WeightsError, match="contains more than tensors"):
        read_weights(Path("model.pt"), pickles=True)
    assert not Path("exploded").exists()


@pytest.mark.parametrize("name", ["model.safetensors", "model.pt"])
@pytest.mark.parametrize("kept_bytes", [0, 30, 300])
def test_a_file_that_was_cut_off_is_said(tmp_path: Path, name: str, kept_bytes: int) -> None:
    path = tmp_path / name
    if name.endswith(".pt"):
        torch.save(WEIGHTS, path)
    else:
        save_file(WEIGHTS, path)
    path.write_bytes(path.read_bytes()[:kept_bytes] if kept_bytes != 300 else bytes(300))
    with pytest.raises(WeightsError):
        read_weights(path, pickles=True)


@pytest.mark.parametrize("name", ["model.safetensors", "model.pt"])
def test_a_file_that_is_not_there_is_said(tmp_path: Path, name: str) -> None:
    with pytest.raises(WeightsError, match="cannot be read: No such file"):
        read_weights(tmp_path / name, pickles=True)
