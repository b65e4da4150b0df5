"""The state of a walk as bytes: numbers as JSON and tensors, in the safetensors format."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

import numpy as np
import torch
from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, ValidationError
from safetensors import SafetensorError
from safetensors.numpy import load, save
from torch import Tensor

NUMBERS = "numbers"
Place = tuple[FiniteFloat, FiniteFloat]
Count = Annotated[int, Field(ge=0, lt=2**31)]


class Numbers(BaseModel):
    """What is not a tensor."""

    model_config = ConfigDict(extra="forbid")

    dreamt: Count
    stored: list[Count]
    """The numbers of the maps that the walk remembers. They stay in this process."""
    place: Place
    origin: Place
    heading: FiniteFloat
    pitch: FiniteFloat
    lift: FiniteFloat
    speed: FiniteFloat
    step_m: FiniteFloat
    walked_m: FiniteFloat
    blend: Count
    fade: Count
    fade_move: Place
    held: tuple[list[str], list[str]] = ([], [])
    pointer: Place = (0.0, 0.0)
    temperature: Annotated[FiniteFloat, Field(ge=0, le=1)] = 1.0


def to_bytes(numbers: Numbers, tensors: Mapping[str, Tensor]) -> bytes:
    """Return both as bytes."""
    arrays = {name: tensor.numpy() for name, tensor in tensors.items()}
    arrays[NUMBERS] = np.frombuffer(numbers.model_dump_json().encode(), np.uint8)
    return bytes(save(arrays))


def from_bytes(data: bytes, like: Mapping[str, Tensor]) -> tuple[Numbers, dict[str, Tensor]]:
    """Return the numbers and the tensors. ``like`` are tensors of the same types and shapes.

    Raises:
        ValueError: these are not the bytes of a walk. Nothing in them is code.
    """
    try:
        arrays = load(data)
        numbers = Numbers.model_validate_json(arrays.pop(NUMBERS).tobytes())
    except (SafetensorError, ValidationError, KeyError) as error:
        raise ValueError(f"this is not the state of a walk: {error}") from None
    tensors = {name: torch.from_numpy(array) for name, array in arrays.items()}
    for name, tensor in tensors.items():
        kind = like.get(name)
        if kind is None or (tensor.dtype, tensor.shape) != (kind.dtype, kind.shape):
            raise ValueError(f"this is not the state of a walk: {name} is {tensor.shape}")
        if not tensor.isfinite().all():
            raise ValueError(
                f"this is not the state of a walk: {name} has values that are no numbers"
            )
    return numbers, tensors
