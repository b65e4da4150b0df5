"""Walk a pickle's opcodes, without executing them, to find its tensors and its imports."""

import io
import pickletools
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from lucid.hub.weights.facts import MAX_NAME, MAX_TENSORS, Tensor, WeightsHeader, as_tensor

MAX_STEPS = 400_000
MAX_LISTED = 200

_STORAGES = {
    "DoubleStorage": "F64", "FloatStorage": "F32", "HalfStorage": "F16", "BFloat16Storage": "BF16",
    "LongStorage": "I64", "IntStorage": "I32", "ShortStorage": "I16", "CharStorage": "I8",
    "ByteStorage": "U8", "BoolStorage": "BOOL", "UntypedStorage": "U8",
}  # fmt: skip
_SAFE = frozenset({
    "collections.OrderedDict", "torch._utils._rebuild_tensor_v2", "torch._utils._rebuild_parameter",
    "torch._utils._rebuild_tensor", "torch.Size", "torch.device", "torch.bfloat16",
    "torch.float16", "torch.float32", "torch.float64", "torch.int64",
    "torch.nn.parameter.Parameter", "builtins.set", "__builtin__.set",
    *(f"{module}.{name}" for name in _STORAGES for module in ("torch", "torch.storage")),
})  # fmt: skip
_MARK = object()


@dataclass(frozen=True)
class Global:
    """A class or a function that loading would import."""

    name: str


@dataclass
class PickledObject:
    """An object that loading would build, and the parts that it consists of."""

    made_by: str
    parts: object = None


@dataclass
class _Machine:
    stack: list[Any] = field(default_factory=list)
    memo: dict[int, Any] = field(default_factory=dict)
    imports: dict[str, None] = field(default_factory=dict)

    def pop(self) -> Any:
        return self.stack.pop() if self.stack else None

    def pop_many(self, count: int) -> list[Any]:
        return [self.pop() for _ in range(count)][::-1]

    def pop_to_mark(self) -> list[Any]:
        items: list[Any] = []
        while self.stack:
            item = self.stack.pop()
            if item is _MARK:
                break
            items.append(item)
        items.reverse()
        return items

    def top(self) -> Any:
        return self.stack[-1] if self.stack else None

    def name(self, text: str) -> Global:
        name = text[:MAX_NAME]
        self.imports[name] = None
        return Global(name)


def walk_pickles(
    path: str, format: str, data: bytes, count: int, after: int = 0
) -> WeightsHeader | None:
    """Walk ``count`` consecutive pickles, of which the last one holds the weights.

    Loading also reads ``after`` further pickles, so their imports count too. Return the tensors and
    imports that ``data`` contains; None if it does not start with a pickle.
    """
    machine = _Machine()
    stream = io.BytesIO(data)
    steps = 0
    ended = 0
    weights: list[Any] = []
    try:
        with warnings.catch_warnings(action="ignore"):  # pickletools warns of wrong escapes
            for _ in range(count + after):
                machine.stack, machine.memo = [], {}
                if ended < count:
                    weights = machine.stack
                for opcode, argument, _place in pickletools.genops(stream):
                    steps += 1
                    if steps > MAX_STEPS:
                        raise ValueError("too long")
                    _step(machine, opcode.name, argument)
                ended += 1
    except (ValueError, IndexError, UnicodeError, OverflowError, MemoryError, RecursionError):
        pass  # the pickle is cut off or damaged: keep the result so far
    if steps <= 1:
        return None
    unsafe = [name for name in machine.imports if name not in _SAFE]
    return WeightsHeader(
        path,
        format,
        tensors=dict(_tensors(weights)),
        complete=ended == count + after,
        imports=tuple(list(machine.imports)[:MAX_LISTED]),
        unsafe_imports=tuple(unsafe[:MAX_LISTED]),
        content=weights[-1] if weights else None,
    )


def _step(machine: _Machine, name: str, argument: Any) -> None:
    action = _ACTIONS.get(name)
    if action is not None:
        action(machine, argument)
    elif argument is not None:
        machine.stack.append(argument)  # a number or a text


def _put(machine: _Machine, argument: Any) -> None:
    machine.memo[len(machine.memo) if argument is None else int(argument)] = machine.top()


def _stack_global(machine: _Machine, _: Any) -> None:
    name, module = machine.pop(), machine.pop()
    machine.stack.append(machine.name(f"{module}.{name}"))


def _reduce(machine: _Machine, _: Any) -> None:
    arguments, function = machine.pop(), machine.pop()
    made_by = function.name if isinstance(function, Global) else "?"
    machine.stack.append(_made(made_by, arguments))


def _newobj_ex(machine: _Machine, _: Any) -> None:
    machine.pop()
    _reduce(machine, None)


def _build(machine: _Machine, _: Any) -> None:
    state = machine.pop()
    if isinstance(machine.top(), PickledObject):
        machine.top().parts = state


def _set_items(machine: _Machine, items: list[Any]) -> None:
    target = machine.top()
    if isinstance(target, dict):
        for key, value in zip(items[::2], items[1::2], strict=False):
            if isinstance(key, str | int):
                target[key] = value


def _extend(machine: _Machine, items: list[Any]) -> None:
    target = machine.top()
    if isinstance(target, list):
        target.extend(items)


def _dict(machine: _Machine, _: Any) -> None:
    items = machine.pop_to_mark()
    machine.stack.append({})
    _set_items(machine, items)


def _ignore(machine: _Machine, _: Any) -> None:
    """Change nothing. For BINPERSID, the description of the storage stays on the stack."""


def _push(make: Callable[[_Machine, Any], Any]) -> Callable[[_Machine, Any], None]:
    return lambda machine, argument: machine.stack.append(make(machine, argument))


_ACTIONS: dict[str, Callable[[_Machine, Any], object]] = {
    **dict.fromkeys(("PROTO", "FRAME", "STOP", "BINPERSID"), _ignore),
    "MARK": _push(lambda machine, _: _MARK),
    **dict.fromkeys(("NONE", "PERSID"), _push(lambda machine, _: None)),
    "NEWTRUE": _push(lambda machine, _: True),
    "NEWFALSE": _push(lambda machine, _: False),
    "EMPTY_DICT": _push(lambda machine, _: {}),
    **dict.fromkeys(("EMPTY_LIST", "EMPTY_SET"), _push(lambda machine, _: [])),
    "EMPTY_TUPLE": _push(lambda machine, _: ()),
    "POP": lambda machine, _: machine.pop(),
    "POP_MARK": lambda machine, _: machine.pop_to_mark(),
    "DUP": _push(lambda machine, _: machine.top()),
    **dict.fromkeys(("PUT", "BINPUT", "LONG_BINPUT", "MEMOIZE"), _put),
    **dict.fromkeys(
        ("GET", "BINGET", "LONG_BINGET"), _push(lambda machine, key: machine.memo.get(int(key)))
    ),
    "GLOBAL": _push(lambda machine, name: machine.name(str(name).replace(" ", "."))),
    "STACK_GLOBAL": _stack_global,
    **dict.fromkeys(
        ("EXT1", "EXT2", "EXT4"),
        _push(lambda machine, code: machine.name(f"copyreg.extension.{code}")),
    ),
    "INST": _push(
        lambda machine, name: PickledObject(
            machine.name(str(name).replace(" ", ".")).name, machine.pop_to_mark()
        )
    ),
    "OBJ": _push(lambda machine, _: PickledObject("?", machine.pop_to_mark())),
    **dict.fromkeys(("REDUCE", "NEWOBJ"), _reduce),
    "NEWOBJ_EX": _newobj_ex,
    "BUILD": _build,
    "SETITEM": lambda machine, _: _set_items(machine, machine.pop_many(2)),
    "SETITEMS": lambda machine, _: _set_items(machine, machine.pop_to_mark()),
    "APPEND": lambda machine, _: _extend(machine, machine.pop_many(1)),
    **dict.fromkeys(
        ("APPENDS", "ADDITEMS"), lambda machine, _: _extend(machine, machine.pop_to_mark())
    ),
    **dict.fromkeys(("LIST", "FROZENSET"), _push(lambda machine, _: machine.pop_to_mark())),
    "TUPLE": _push(lambda machine, _: tuple(machine.pop_to_mark())),
    "DICT": _dict,
    "TUPLE1": _push(lambda machine, _: tuple(machine.pop_many(1))),
    "TUPLE2": _push(lambda machine, _: tuple(machine.pop_many(2))),
    "TUPLE3": _push(lambda machine, _: tuple(machine.pop_many(3))),
}


def _made(made_by: str, arguments: Any) -> Any:
    if made_by == "collections.OrderedDict":
        return {}
    if made_by.startswith("torch._utils._rebuild_tensor") and isinstance(arguments, tuple):
        storage = arguments[0] if arguments else None
        kind = storage[1] if isinstance(storage, tuple) and len(storage) > 1 else None
        shape = arguments[2] if len(arguments) > 2 else None
        if isinstance(kind, Global):
            dtype = _STORAGES.get(kind.name.rpartition(".")[2])
            return as_tensor(dtype, shape)
    if made_by == "torch._utils._rebuild_parameter" and isinstance(arguments, tuple):
        return arguments[0] if arguments else None
    return PickledObject(made_by, arguments)


def _tensors(stack: list[Any]) -> Iterator[tuple[str, Tensor]]:
    """Yield the tensors in the final stack by their path of keys; visit each container once."""
    left: list[tuple[str, Any]] = [("", item) for item in reversed(stack) if _holds(item)]
    left += [
        (name, item) for name, item in pairwise(stack) if isinstance(name, str) and _holds(item)
    ]
    seen: set[int] = set()
    found = 0
    while left and found < MAX_TENSORS:
        path, item = left.pop()
        if isinstance(item, Tensor):
            if path:
                found += 1
                yield path[:MAX_NAME], item
        elif isinstance(item, dict) and id(item) not in seen:
            seen.add(id(item))
            left += [(f"{path}.{key}" if path else str(key), part) for key, part in item.items()
                     if len(path) < MAX_NAME]  # fmt: skip
        elif isinstance(item, PickledObject) and id(item) not in seen:
            seen.add(id(item))
            left.append((path, item.parts))


def _holds(item: object) -> bool:
    return isinstance(item, dict | Tensor | PickledObject)
