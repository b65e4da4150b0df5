"""A weights file read into tensors, without running anything that is in it."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

from lucid.errors import WeightsError


def read_weights(path: Path, *, device: str = "cpu", pickles: bool = False) -> Any:
    """The tensors of a ``.safetensors`` file by name or, with ``pickles``, what torch.save wrote.

    A pickle is read with ``weights_only=True``: what it holds besides tensors and plain values is
    refused, never run.

    Raises:
        WeightsError: it is not there or damaged, or a pickle that was not allowed.
    """
    is_safe = path.suffix == ".safetensors"
    if not is_safe and not pickles:
        raise WeightsError(
            f"{path} is no .safetensors file, and a pickle can run code when it is read",
            hint="take the .safetensors file where there is one, else pass pickles=True: the "
            "tensors are read, and nothing is run",
        )
    try:
        return _read_safetensors(path, device) if is_safe else _read_pickle(path, device)
    except OSError as error:
        raise WeightsError(
            f"{path} cannot be read: {error.strerror or error}",
            hint="download it again, and check which files the engine names",
        ) from None


def _read_safetensors(path: Path, device: str) -> Any:
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        return load_file(path, device=device)
    except SafetensorError as error:
        raise WeightsError(
            f"{path} is no whole safetensors file: {error}", hint="download it again"
        ) from None


def _read_pickle(path: Path, device: str) -> Any:
    import torch

    try:
        return torch.load(path, map_location=device, weights_only=True)
    except pickle.UnpicklingError as error:
        raise WeightsError(
            f"{path} holds more than tensors, and reading it would run code: "
            f"{str(error).splitlines()[0]}",
            hint="do not load it; ask upstream for a .safetensors file",
        ) from None
    except (EOFError, RuntimeError) as error:  # RuntimeError: no zip archive to its end
        raise WeightsError(
            f"{path} is no whole file of torch.save: {error}", hint="download it again"
        ) from None
