"""A pickle's opcodes, walked and never executed: which tensors it names, what it would import."""

from __future__ import annotations

import io
import pickletools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from lucid.hub.weights.facts import MAX_NAME, MAX_TENSORS, Tensor, as_tensor

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
class Walked:
    """What was met, up to the end of the pickles or of what was read of them."""

    started: bool
    tensors: dict[str, Tensor]
    complete: bool
    imports: tuple[str, ...]
    unsafe_imports: tuple[str, ...]


@dataclass(frozen=True)
class _Global:
    name: str


@dataclass
class _Object:
    """Something that loading would build; it holds what it would be built from."""

    made_by: str
    parts: object = None


@dataclass
class _Machine:
    stack: list[Any] = field(default_factory=list)
    memo: dict[int, Any] = field(default_factory=dict)
    imports: dict[str, None] = field(default_factory=dict)

    def pop(self) -> Any:
        return self.stack.pop() if self.stack else None

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

    def name(self, text: str) -> _Global:
        self.imports[text] = None
        return _Global(text)


def walk_pickles(data: bytes, count: int) -> Walked:
    """Walk ``count`` pickles that stand one after another; the last one holds the weights."""
    machine = _Machine()
    stream = io.BytesIO(data)
    steps = 0
    ended = 0
    try:
        for _ in range(count):
            machine.stack.clear()
            machine.memo.clear()
            for opcode, argument, _place in pickletools.genops(stream):
                steps += 1
                if steps > MAX_STEPS:
                    raise ValueError("too long")
                _step(machine, opcode.name, argument)
            ended += 1
    except (ValueError, IndexError, UnicodeError, OverflowError, MemoryError, RecursionError):
        pass  # cut off, or no pickle: what was met until here is what is known
    unsafe = [name for name in machine.imports if name not in _SAFE]
    return Walked(
        started=steps > 1,
        tensors=dict(_tensors(machine.stack)),
        complete=ended == count,
        imports=tuple(list(machine.imports)[:MAX_LISTED]),
        unsafe_imports=tuple(unsafe[:MAX_LISTED]),
    )


def _step(machine: _Machine, name: str, argument: Any) -> None:
    action = _ACTIONS.get(name)
    if action is not None:
        action(machine, argument)
    elif argument is not None:
        machine.stack.append(argument)  # a number or a text


def _put(machine: _Machine, argument: Any) -> None:
    machine.memo[len(machine.memo) if argument is None else int(argument)] = machine.top()


def _get(machine: _Machine, argument: Any) -> None:
    machine.stack.append(machine.memo.get(int(argument)))


def _global(machine: _Machine, argument: Any) -> None:
    machine.stack.append(machine.name(str(argument).replace(" ", ".")[:MAX_NAME]))


def _stack_global(machine: _Machine, _: Any) -> None:
    name, module = machine.pop(), machine.pop()
    machine.stack.append(machine.name(f"{module}.{name}"[:MAX_NAME]))


def _reduce(machine: _Machine, _: Any) -> None:
    arguments, function = machine.pop(), machine.pop()
    made_by = function.name if isinstance(function, _Global) else "?"
    machine.stack.append(_made(made_by, arguments))


def _inst(machine: _Machine, argument: Any) -> None:
    name = machine.name(str(argument).replace(" ", ".")[:MAX_NAME])
    machine.stack.append(_Object(name.name, machine.pop_to_mark()))


def _obj(machine: _Machine, _: Any) -> None:
    machine.stack.append(_Object("?", machine.pop_to_mark()))


def _newobj_ex(machine: _Machine, _: Any) -> None:
    machine.pop()
    _reduce(machine, None)


def _build(machine: _Machine, _: Any) -> None:
    state = machine.pop()
    if isinstance(machine.top(), _Object):
        machine.top().parts = state


def _set_items(machine: _Machine, items: list[Any]) -> None:
    target = machine.top()
    if isinstance(target, dict):
        for key, value in zip(items[::2], items[1::2], strict=False):
            if isinstance(key, str | int):
                target[key] = value


def _setitem(machine: _Machine, _: Any) -> None:
    value, key = machine.pop(), machine.pop()
    _set_items(machine, [key, value])


def _extend(machine: _Machine, items: list[Any]) -> None:
    target = machine.top()
    if isinstance(target, list):
        target.extend(items)


def _append(machine: _Machine, _: Any) -> None:
    item = machine.pop()
    _extend(machine, [item])


def _take(count: int) -> Callable[[_Machine, Any], None]:
    def take(machine: _Machine, _: Any) -> None:
        items = [machine.pop() for _ in range(count)]
        machine.stack.append(tuple(reversed(items)))

    return take


def _push(make: Callable[[], Any]) -> Callable[[_Machine, Any], None]:
    return lambda machine, _: machine.stack.append(make())


def _drop(machine: _Machine, _: Any) -> None:
    machine.pop()


def _drop_to_mark(machine: _Machine, _: Any) -> None:
    machine.pop_to_mark()


def _dict(machine: _Machine, _: Any) -> None:
    items = machine.pop_to_mark()
    machine.stack.append({})
    _set_items(machine, items)


_ACTIONS: dict[str, Callable[[_Machine, Any], None]] = {
    "MARK": _push(lambda: _MARK),
    "NONE": _push(lambda: None),
    "NEWTRUE": _push(lambda: True),
    "NEWFALSE": _push(lambda: False),
    "EMPTY_DICT": _push(dict),
    "EMPTY_LIST": _push(list),
    "EMPTY_TUPLE": _push(tuple),
    "EMPTY_SET": _push(list),
    "PROTO": lambda machine, _: None,
    "FRAME": lambda machine, _: None,
    "STOP": lambda machine, _: None,
    "POP": _drop,
    "POP_MARK": _drop_to_mark,
    "DUP": lambda machine, _: machine.stack.append(machine.top()),
    "PUT": _put,
    "BINPUT": _put,
    "LONG_BINPUT": _put,
    "MEMOIZE": _put,
    "GET": _get,
    "BINGET": _get,
    "LONG_BINGET": _get,
    "GLOBAL": _global,
    "STACK_GLOBAL": _stack_global,
    "EXT1": lambda machine, code: machine.stack.append(machine.name(f"copyreg.extension.{code}")),
    "EXT2": lambda machine, code: machine.stack.append(machine.name(f"copyreg.extension.{code}")),
    "EXT4": lambda machine, code: machine.stack.append(machine.name(f"copyreg.extension.{code}")),
    "INST": _inst,
    "OBJ": _obj,
    "REDUCE": _reduce,
    "NEWOBJ": _reduce,
    "NEWOBJ_EX": _newobj_ex,
    "BUILD": _build,
    "PERSID": lambda machine, key: machine.stack.append(None),
    "BINPERSID": lambda machine, _: None,  # the storage's description stays on the stack
    "SETITEM": _setitem,
    "SETITEMS": lambda machine, _: _set_items(machine, machine.pop_to_mark()),
    "APPEND": _append,
    "APPENDS": lambda machine, _: _extend(machine, machine.pop_to_mark()),
    "ADDITEMS": lambda machine, _: _extend(machine, machine.pop_to_mark()),
    "LIST": lambda machine, _: machine.stack.append(machine.pop_to_mark()),
    "TUPLE": lambda machine, _: machine.stack.append(tuple(machine.pop_to_mark())),
    "FROZENSET": lambda machine, _: machine.stack.append(machine.pop_to_mark()),
    "DICT": _dict,
    "TUPLE1": _take(1),
    "TUPLE2": _take(2),
    "TUPLE3": _take(3),
}


def _made(made_by: str, arguments: Any) -> Any:
    if made_by == "collections.OrderedDict":
        return {}
    if made_by.startswith("torch._utils._rebuild_tensor") and isinstance(arguments, tuple):
        storage = arguments[0] if arguments else None
        kind = storage[1] if isinstance(storage, tuple) and len(storage) > 1 else None
        shape = arguments[2] if len(arguments) > 2 else None
        if isinstance(kind, _Global):
            dtype = _STORAGES.get(kind.name.rpartition(".")[2])
            return as_tensor(dtype, shape)
    if made_by == "torch._utils._rebuild_parameter" and isinstance(arguments, tuple):
        return arguments[0] if arguments else None
    return _Object(made_by, arguments)


def _tensors(stack: list[Any]) -> Iterator[tuple[str, Tensor]]:
    """The tensors in what the walk has left, by their path of keys; each container once."""
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
        elif isinstance(item, _Object) and id(item) not in seen:
            seen.add(id(item))
            left.append((path, item.parts))


def _holds(item: object) -> bool:
    return isinstance(item, dict | Tensor | _Object)
