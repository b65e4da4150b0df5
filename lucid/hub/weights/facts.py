"""The header of a weights file, and the function that reads its bytes."""

import math
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

ReadRange = Callable[[int, int], bytes]
"""``read(start, length)`` returns that part of the file; the end or the budget may cut it."""

MAX_RANK = 16
MAX_TENSORS = 20_000
MAX_NAME = 300
MAX_SIDE = 10**12

DTYPE_BITS = {
    "F64": 64, "F32": 32, "F16": 16, "BF16": 16, "F8_E4M3": 8, "F8_E5M2": 8, "F4": 4, "I64": 64,
    "I32": 32, "I16": 16, "I8": 8, "U64": 64, "U32": 32, "U16": 16, "U8": 8, "BOOL": 8,
}  # fmt: skip


@dataclass(frozen=True)
class Tensor:
    """A tensor's dtype, as safetensors names it, and shape."""

    dtype: str
    shape: tuple[int, ...]

    @property
    def count(self) -> int:
        """The number of elements."""
        return math.prod(self.shape)


@dataclass(frozen=True)
class WeightsHeader:
    """The metadata in a weights file, read without executing anything."""

    path: str
    format: str
    """``safetensors``, ``torch zip`` or ``legacy pickle``."""
    tensors: Mapping[str, Tensor] = field(default_factory=dict)
    complete: bool = True
    """Whether the whole header was read; if not, ``tensors`` is only its start."""
    imports: tuple[str, ...] = ()
    """The imports of a pickle if it were loaded, as ``module.name``."""
    unsafe_imports: tuple[str, ...] = ()
    """The imports that no tensor needs: loading them could run any code."""
    content: object = field(default=None, repr=False, compare=False)
    """The object in a pickle: dicts, lists, values and Tensors, with Global and PickledObject (see
    ``pickles.py``) in place of everything else."""
    data_start: int = 0
    """The byte at which the tensors of a safetensors file start; 0 for a pickle."""

    @property
    def parameters(self) -> int | None:
        """The number of elements of all tensors; None if not all were read."""
        return sum(each.count for each in self.tensors.values()) if self.complete else None

    @property
    def dtype(self) -> str | None:
        """The dtype of most elements."""
        counts = Counter[str]()
        for tensor in self.tensors.values():
            counts[tensor.dtype] += tensor.count
        return counts.most_common(1)[0][0] if counts else None


class UnreadableWeightsError(ValueError):
    """The file does not have the format of its name. The message quotes nothing of the file."""


def as_tensor(dtype: object, shape: object) -> Tensor | None:
    """Return a tensor; None if the dtype is unknown or the shape is invalid or absurd."""
    if not isinstance(dtype, str) or dtype not in DTYPE_BITS:
        return None
    if not isinstance(shape, list | tuple) or len(shape) > MAX_RANK:
        return None
    if not all(type(side) is int and 0 <= side <= MAX_SIDE for side in shape):
        return None
    return Tensor(dtype, tuple(shape))
