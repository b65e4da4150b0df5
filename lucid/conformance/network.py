"""Record what the torch modules of an engine are called with, and compare two recordings."""

import inspect
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, fields, is_dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

MAX_VALUES = 8_000_000
"""Larger tensors, such as caches, are not recorded."""
MAX_CALLS = 3
"""Recorded calls of each module in a step. Later ones repeat the action with other noise."""
MAX_ROWS = 8
"""A change at more places of the last axis is one row."""
POSE = (4, 4)
"""The last axes of a camera pose, each of whose numbers is one row."""

Arrays = dict[str, NDArray[np.float32]]
"""Tensors by argument, such as ``conditional_dict.keyboard_cond``."""


@dataclass(frozen=True)
class Row:
    """Places of a tensor that an input changes."""

    argument: str
    places: tuple[tuple[str, str], ...]
    """For each axis, counted from its start and from its end, as in ("9:12", "-3:"). ``:`` is a
    whole axis."""
    before: NDArray[np.float32]
    after: NDArray[np.float32]
    """The values at these places, in the order of memory."""

    @property
    def sign(self) -> str:
        """The direction of the change at the first place."""
        return "+" if self.after[0] > self.before[0] else "-"

    def __str__(self) -> str:
        """Return the row as the report shows it."""
        index = ", ".join(from_start for from_start, _ in self.places)
        at = f"{self.argument}[{index}]" if index else self.argument
        if _is_one(self.before) and _is_one(self.after):
            return f"{at} {_values(self.before)} → {_values(self.after)}"
        return f"{at} {_values(self.before)} → {_values(self.after)}, first {self.sign}"


@dataclass(frozen=True)
class Call:
    """One call of a module."""

    module: str
    number: int
    """The number of calls of this module before it."""
    arrays: Arrays

    @cached_property
    def key(self) -> tuple[str, int]:
        """What identifies the call in another step."""
        return self.module, self.number


class Network:
    """The modules that an engine calls itself, not through another module."""

    def __init__(self, torch: Any) -> None:
        self._torch = torch
        self._outermost: dict[int, Any] = {}

    def __len__(self) -> int:
        """Return the number of modules that were found."""
        return len(self._outermost)

    @contextmanager
    def finding(self) -> Iterator[None]:
        """Find the outermost modules that are called inside the ``with`` block."""
        hooks = self._torch.nn.modules.module
        depth = 0

        def enter(module: Any, _args: Any) -> None:
            nonlocal depth
            if depth == 0:
                self._outermost.setdefault(id(module), module)
            depth += 1

        def leave(_module: Any, _args: Any, _output: Any) -> None:
            nonlocal depth
            depth -= 1

        handles = (
            hooks.register_module_forward_pre_hook(enter),
            hooks.register_module_forward_hook(leave, always_call=True),
        )
        try:
            with self._eager():
                yield
        finally:
            for handle in handles:
                handle.remove()

    @contextmanager
    def recording(self) -> Iterator[list[Call]]:
        """Record the first calls of each of these modules, with copies of their arguments.

        Hooks for all modules do not get keyword arguments; hooks of one module do.
        """
        calls: list[Call] = []
        counts: Counter[int] = Counter()

        def note(module: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
            number = counts[id(module)]
            counts[id(module)] += 1
            if number < MAX_CALLS:
                order = list(self._outermost).index(id(module))
                name = f"{type(module).__name__} {order}"
                calls.append(Call(name, number, dict(self._arrays(module, args, kwargs))))

        handles = [
            module.register_forward_pre_hook(note, with_kwargs=True)
            for module in self._outermost.values()
        ]
        try:
            with self._eager():
                yield calls
        finally:
            for handle in handles:
                handle.remove()

    def _eager(self) -> AbstractContextManager[None]:
        """Run compiled functions without their graphs, which call no hooks."""
        is_compiled = "torch._dynamo" in sys.modules and hasattr(self._torch.compiler, "set_stance")
        stance: AbstractContextManager[None] = (
            self._torch.compiler.set_stance("force_eager") if is_compiled else nullcontext()
        )
        return stance

    def _arrays(
        self, module: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Iterator[tuple[str, NDArray[np.float32]]]:
        try:
            named = inspect.signature(module.forward).bind(*args, **kwargs).arguments
        except (TypeError, ValueError):
            named = {**{f"args[{n}]": arg for n, arg in enumerate(args)}, **kwargs}
        for name, value in named.items():
            yield from self._flat(name, value)

    def _flat(self, name: str, value: Any) -> Iterator[tuple[str, NDArray[np.float32]]]:
        if isinstance(value, self._torch.Tensor):
            if value.numel() <= MAX_VALUES and not value.is_complex():
                yield name, value.detach().float().cpu().numpy().copy()
        elif isinstance(value, bool | int | float):
            yield name, np.array(value, np.float32)
        elif isinstance(value, dict):
            for key, item in value.items():
                yield from self._flat(f"{name}.{key}", item)
        elif isinstance(value, list | tuple):
            for number, item in enumerate(value):
                yield from self._flat(f"{name}[{number}]", item)
        elif is_dataclass(value):
            for field in fields(value):
                yield from self._flat(f"{name}.{field.name}", getattr(value, field.name))


def changes(before: list[Call], after: list[Call]) -> list[Row]:
    """Return what differs in the first call that differs. Later calls only show its effects."""
    known = {call.key: call.arrays for call in before}
    for call in after:
        earlier = known.get(call.key, {})
        pairs = [(name, earlier[name], new) for name, new in call.arrays.items() if name in earlier]
        if rows := [row for pair in pairs for row in _rows(*pair)]:
            return rows
    return []


def _rows(name: str, old: NDArray[np.float32], new: NDArray[np.float32]) -> list[Row]:
    if old.shape != new.shape:
        sizes = np.array([[old.size], [new.size]], np.float32)
        return [Row(name, (("size", "size"),), *sizes)]
    differs = ~((old == new) | (np.isnan(old) & np.isnan(new)))
    if not differs.any():
        return []
    if not differs.ndim:
        return [Row(name, (), old.reshape(1), new.reshape(1))]
    return [
        Row(name, _index(mask), old[mask], new[mask])
        for mask in (differs & group for group in _groups(differs, new - old))
    ]


def _groups(differs: NDArray[np.bool_], change: NDArray[np.float32]) -> list[NDArray[np.bool_]]:
    """Return one mask for each row: some places of the last axis, or one number of a pose."""
    axes = 2 if differs.shape[-2:] == POSE else 1
    inner = differs.reshape(-1, *differs.shape[-axes:]).any(0)
    is_same = len(np.unique(change[differs])) == 1 and axes == 1
    if is_same or (axes == 1 and (differs.ndim > 3 or inner.sum() > MAX_ROWS)):
        return [np.ones_like(inner)]
    groups = []
    for place in np.argwhere(inner):
        group = np.zeros_like(inner)
        group[tuple(place)] = True
        groups.append(group)
    return groups


def _index(mask: NDArray[np.bool_]) -> tuple[tuple[str, str], ...]:
    """Return the places of a mask, axis by axis."""
    return tuple(
        _places(np.unique(places), size)
        for places, size in zip(np.nonzero(mask), mask.shape, strict=True)
    )


def _places(places: NDArray[np.intp], size: int) -> tuple[str, str]:
    first, last = int(places[0]), int(places[-1])
    if first == last:
        return str(first), str(first - size)
    if first == 0 and last == size - 1:
        return ":", ":"
    return f"{first}:{last + 1}", f"{first - size}:{last + 1 - size or ''}"


def _values(values: NDArray[np.float32]) -> str:
    low, high = float(values.min()), float(values.max())
    return _number(low) if _is_one(values) else f"{_number(low)}..{_number(high)}"


def _number(value: float) -> str:
    return str(int(value)) if value.is_integer() else f"{value:.3g}"


def _is_one(values: NDArray[np.float32]) -> bool:
    """Return whether all values are equal, apart from rounding."""
    return bool(np.isclose(values.min(), values.max(), 1e-3, 1e-6))
