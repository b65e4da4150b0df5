"""Run code that loads weights with tensors that have a shape and a dtype, but no data.

Parameters, weights and large tensors are on torch's meta device. Other tensors are real and on the
CPU, so that code can compute schedules and positions with them. Each tensor that comes from weights
files remembers its sources: the tensors in these files.
"""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch.overrides import TorchFunctionMode
from torch.utils._device import _device_constructors

LARGEST_REAL_BYTES = 64 * 1024 * 1024
_SOURCES = "_lucid_sources"
_MOVES = {"to", "cuda", "cpu", "xpu", "mps"}


@dataclass(frozen=True)
class Source:
    """A tensor of a weights file."""

    file: str
    key: str
    shape: tuple[int, ...]


def sources_of(tensor: object) -> frozenset[Source]:
    """Return the tensors in files from which ``tensor`` was made."""
    found: frozenset[Source] = getattr(tensor, _SOURCES, frozenset())
    return found


def add_source(tensor: torch.Tensor, source: Source) -> None:
    """Remember that ``tensor`` comes from a file."""
    setattr(tensor, _SOURCES, sources_of(tensor) | {source})


def meta_tensor(source: Source, dtype: str) -> torch.Tensor:
    """Return a tensor without data. ``dtype`` is a name of safetensors."""
    tensor = torch.empty(source.shape, dtype=DTYPES.get(dtype, torch.uint8), device="meta")
    add_source(tensor, source)
    return tensor


DTYPES = {
    "F64": torch.float64, "F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16,
    "I64": torch.int64, "I32": torch.int32, "I16": torch.int16, "I8": torch.int8,
    "U8": torch.uint8, "BOOL": torch.bool,
    **{
        name: getattr(torch, own)
        for name, own in (("F8_E4M3", "float8_e4m3fn"), ("F8_E5M2", "float8_e5m2"),
                          ("U16", "uint16"), ("U32", "uint32"), ("U64", "uint64"))
        if hasattr(torch, own)
    },
}  # fmt: skip
"""The dtypes of torch, by their names in safetensors."""


class WithoutData(TorchFunctionMode):
    """Keeps weights on the meta device, and everything else on the CPU."""

    def __torch_function__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        """Call a function of torch."""
        kwargs = dict(kwargs or {})
        name = getattr(func, "__name__", "")
        if name == "copy_" and isinstance(args[0], torch.Tensor) and len(args) > 1:
            return _copy(func, args, kwargs)
        tensors = list(_tensors((args, kwargs)))
        on_meta = any(tensor.is_meta for tensor in tensors)
        if name in _MOVES:
            args, kwargs = _stay(name, args, kwargs)
            func = torch.Tensor.to
        elif _is_foreign(kwargs.get("device")):
            kwargs["device"] = "meta" if on_meta else "cpu"
        made = _call(func, args, kwargs, on_meta)
        if on_meta and (sources := frozenset[Source]().union(*map(sources_of, tensors))):
            for tensor in _tensors(made):
                setattr(tensor, _SOURCES, sources | sources_of(tensor))
        return made


_CONSTRUCTORS = _device_constructors()


def install() -> None:
    """Make every module's parameters without data, and enter the mode in every new thread."""
    make = torch.nn.Parameter.__new__

    def make_on_meta(cls: Any, data: Any = None, requires_grad: bool = True) -> Any:
        if data is None or data.is_meta:
            made = make(cls, data, requires_grad)
        else:
            made = make(cls, torch.empty_like(data, device="meta"), requires_grad)
        if sources := sources_of(data):
            setattr(made, _SOURCES, sources)
        return made

    torch.nn.Parameter.__new__ = make_on_meta  # type: ignore[method-assign] # in this process only
    run = threading.Thread.run

    def run_without_data(self: threading.Thread) -> None:
        with WithoutData():
            run(self)

    threading.Thread.run = run_without_data  # type: ignore[method-assign] # as above
    if not torch.cuda.is_available():
        _pretend_cuda()


def _pretend_cuda() -> None:
    """Replace functions of torch.cuda that code calls while it loads. Tensors stay on the CPU."""
    answers: dict[str, Callable[..., Any]] = {
        "current_device": lambda: 0,
        "set_device": lambda device: None,
        "synchronize": lambda device=None: None,
        "empty_cache": lambda: None,
        "get_device_capability": lambda device=None: (9, 0),
        "get_device_name": lambda device=None: "a GPU that is not there",
        "_lazy_init": lambda: None,
    }
    for name, answer in answers.items():
        setattr(torch.cuda, name, answer)


def _copy(func: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Copy one tensor into another. If one of them has no data, only check that the shapes fit."""
    target, source = args[:2]
    if target.is_meta or getattr(source, "is_meta", False):
        torch.empty(target.shape, device="meta").copy_(torch.empty(source.shape, device="meta"))
        if sources := sources_of(source):
            setattr(target, _SOURCES, sources_of(target) | sources)
        return target
    return func(*args, **kwargs)


def _stay(name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
    """Return the arguments of ``Tensor.to`` without the device."""
    tensor, *rest = args
    if name != "to":  # cuda(device, non_blocking, memory_format)
        return (tensor,), {
            key: value for key, value in kwargs.items() if key == "memory_format"
        } | ({} if tensor.is_meta else {"device": "cpu"})
    kwargs = {key: value for key, value in kwargs.items() if key != "device"}
    rest = [
        part.dtype if isinstance(part, torch.Tensor) else part
        for part in rest
        if not isinstance(part, str | torch.device)
        and (isinstance(part, bool) or part is not None)
        and type(part) is not int
    ]
    if "other" in kwargs:
        kwargs["dtype"] = kwargs.pop("other").dtype
    if rest and isinstance(rest[0], bool):  # to(device, non_blocking, copy): no dtype
        rest = []
    if not rest and not kwargs:
        kwargs["device"] = tensor.device
    return (tensor, *rest), kwargs


def _call(func: Any, args: tuple[Any, ...], kwargs: dict[str, Any], on_meta: bool) -> Any:
    if func in _CONSTRUCTORS:
        return _make(func, args, kwargs)
    if on_meta and getattr(func, "__name__", "") == "unique":
        return args[0].flatten()  # the values are unknown: assume that they are distinct
    try:
        return func(*args, **kwargs)
    except RuntimeError:
        if not on_meta or not any(not tensor.is_meta for tensor in _tensors((args, kwargs))):
            raise
    return func(*_to_meta(args), **_to_meta(kwargs))  # torch refuses tensors of two devices


def _to_meta(value: Any) -> Any:
    """Return the arguments of a call with all tensors on the meta device."""
    if isinstance(value, torch.Tensor):
        return value if value.is_meta else torch.empty_like(value, device="meta")
    if isinstance(value, dict):
        return {key: _to_meta(part) for key, part in value.items()}
    if type(value) in (tuple, list):
        return type(value)(map(_to_meta, value))
    return value


def _make(func: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Make a tensor, without data if it is large."""
    if str(kwargs.get("device") or "") != "meta" and "generator" not in kwargs:
        try:
            draft = func(*args, **{**kwargs, "device": "meta"})
        except (RuntimeError, TypeError, NotImplementedError):
            return func(*args, **kwargs)
        if isinstance(draft, torch.Tensor) and draft.nbytes > LARGEST_REAL_BYTES:
            return draft
    return func(*args, **kwargs)


def _is_foreign(device: object) -> bool:
    """Return whether a device is neither the CPU nor meta."""
    return device is not None and str(device).partition(":")[0] not in ("cpu", "meta")


def _tensors(value: object) -> Iterator[torch.Tensor]:
    if isinstance(value, torch.Tensor):
        yield value
    elif isinstance(value, tuple | list):
        for part in value:
            yield from _tensors(part)
    elif isinstance(value, dict):
        yield from _tensors(tuple(value.values()))
