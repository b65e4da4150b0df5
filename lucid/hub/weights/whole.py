"""Read the whole header of a weights file: every tensor, not only enough to know the model."""

from pathlib import PurePosixPath

from lucid.hub.weights.facts import DTYPE_BITS, ReadRange, UnreadableWeightsError, WeightsHeader
from lucid.hub.weights.safetensors import read_safetensors
from lucid.hub.weights.torchzip import read_torch

MOST_BYTES = 32 * 1024 * 1024


def read_whole_header(path: str, size_bytes: int, read: ReadRange) -> WeightsHeader:
    """Return all tensors of a ``.safetensors`` file or a file of ``torch.save``.

    Raises:
        UnreadableWeightsError: The header is damaged or too long, or the file is too short for the
            tensors that the header lists.
    """
    is_safe = PurePosixPath(path).suffix.lower() == ".safetensors"
    reader = read_safetensors if is_safe else read_torch
    header = reader(path, size_bytes, read, MOST_BYTES)
    if not header.complete:
        raise UnreadableWeightsError(
            f"its header is cut off, or longer than {MOST_BYTES // 1024**2} MB"
        )
    sizes = [tensor.count * DTYPE_BITS[tensor.dtype] // 8 for tensor in header.tensors.values()]
    # Tensors of a pickle can share one storage, so only the largest one tells its size.
    needed = sum(sizes) if is_safe else max(sizes, default=0)
    if needed > size_bytes - header.data_start:
        raise UnreadableWeightsError(
            f"its header lists tensors of {needed:,} bytes, and the file has "
            f"{size_bytes - header.data_start:,}: it is damaged, or was not downloaded completely"
        )
    return header
