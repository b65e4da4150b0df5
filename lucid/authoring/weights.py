"""Read a weights file into tensors without running code from it."""

import pickle
from pathlib import Path
from typing import Any

from lucid.errors import WeightsError


def read_weights(path: Path, *, device: str = "cpu", pickles: bool = False) -> Any:
    """Return the tensors of a ``.safetensors`` file by name.

    With ``pickles``, also read files of ``torch.save``, with ``weights_only=True``: a file that
    contains more than tensors and plain values is refused, and no code of it runs.

    Raises:
        WeightsError: the file is missing, damaged, or a pickle without ``pickles``.
    """
    is_safe = path.suffix == ".safetensors"
    if not is_safe and not pickles:
        raise WeightsError(
            f"{path} is not a .safetensors file, and a pickle can run code when it is read",
            hint="use a .safetensors file if there is one; otherwise pass pickles=True, which "
            "reads tensors only and runs no code",
        )
    try:
        return _read_safetensors(path, device) if is_safe else _read_pickle(path, device)
    except OSError as error:
        raise WeightsError(
            f"{path} cannot be read: {error.strerror or error}",
            hint="download it again, and check the file names in the engine",
        ) from None


def _read_safetensors(path: Path, device: str) -> Any:
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        return load_file(path, device=device)
    except SafetensorError as error:
        raise WeightsError(
            f"{path} is not a complete safetensors file: {error}", hint="download it again"
        ) from None


def _read_pickle(path: Path, device: str) -> Any:
    import torch

    try:
        return torch.load(path, map_location=device, weights_only=True)
    except pickle.UnpicklingError as error:
        raise WeightsError(
            f"{path} contains more than tensors, and loading it would run code: "
            f"{str(error).splitlines()[0]}",
            hint="do not load it; ask its authors for a .safetensors file",
        ) from None
    except (EOFError, RuntimeError) as error:  # torch raises RuntimeError for a truncated archive
        raise WeightsError(
            f"{path} is not a complete file of torch.save: {error}", hint="download it again"
        ) from None
