"""What was seen of one weights file, and how its bytes are asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

ReadRange = Callable[[int, int], bytes]
"""``read(start, length)``: those bytes of the file, fewer where it ends or the budget does."""

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
    """One tensor's dtype, in the words of safetensors, and shape."""

    dtype: str
    shape: tuple[int, ...]

    @property
    def count(self) -> int:
        """Elements."""
        total = 1
        for side in self.shape:
            total *= side
        return total


@dataclass(frozen=True)
class WeightsHeader:
    """What a weights file says of itself; nothing in it was executed."""

    path: str
    format: str
    """``safetensors``, ``torch zip`` or ``legacy pickle``."""
    tensors: Mapping[str, Tensor] = field(default_factory=dict)
    complete: bool = True
    """Whether all of the header was read; if not, ``tensors`` is its beginning."""
    imports: tuple[str, ...] = ()
    """What a pickle would import on loading, as ``module.name``."""
    unsafe_imports: tuple[str, ...] = ()
    """Those of ``imports`` that rebuild no tensor: loading could run anything."""

    @property
    def parameters(self) -> int | None:
        """Elements of all tensors; None where only a part of them was read."""
        if not self.complete:
            return None
        return sum(tensor.count for tensor in self.tensors.values())

    @property
    def dtype(self) -> str | None:
        """The dtype that most elements have."""
        counts: dict[str, int] = {}
        for tensor in self.tensors.values():
            counts[tensor.dtype] = counts.get(tensor.dtype, 0) + tensor.count
        return max(counts, key=lambda name: counts[name]) if counts else None


class UnreadableWeightsError(ValueError):
    """A weights file that is not what its name says; the message is short, free of its content."""


def as_tensor(dtype: object, shape: object) -> Tensor | None:
    """A tensor, or None where the two are no dtype and shape within reason."""
    if not isinstance(dtype, str) or dtype not in DTYPE_BITS:
        return None
    if not isinstance(shape, list | tuple) or len(shape) > MAX_RANK:
        return None
    if not all(type(side) is int and 0 <= side <= MAX_SIDE for side in shape):
        return None
    return Tensor(dtype, tuple(shape))
