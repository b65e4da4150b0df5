"""What an expression visibly is as an array: layout, kind of numbers, device."""

from __future__ import annotations

import ast
from dataclasses import dataclass, replace

from lucid.check.module import Function, dotted
from lucid.check.port import Port, Value

_TO_CHW, _TO_HWC = {(2, 0, 1), (0, 3, 1, 2)}, {(1, 2, 0), (0, 2, 3, 1)}
_SAME = {
    "clamp", "clamp_", "clip", "clone", "contiguous", "copy", "detach", "expand", "flip", "numpy",
    "round", "round_", "rint", "squeeze", "tobytes", "unsqueeze",
}  # fmt: skip
"""Methods that keep layout, numbers and device."""
_FLOATS = {"float", "half", "bfloat16", "double", "sigmoid", "tanh"}
_WRAPPERS = {"numpy.ascontiguousarray", "numpy.clip", "numpy.array", "numpy.asarray", "numpy.copy"}
_HOPS = 12


@dataclass(frozen=True)
class Looks:
    """As far as the text shows; None: it does not."""

    layout: str | None = None
    numbers: str | None = None
    """``uint8``, ``float`` or ``other``."""
    device: str | None = None
    """``cuda`` or ``cpu``."""


def looks(port: Port, value: Value, hops: int = _HOPS) -> Looks:
    """What the outermost calls of an expression, and of names for it, make of an array."""
    node, function = value.node, value.function
    if hops == 0:
        return Looks()

    def inner(node: ast.expr) -> Looks:
        return looks(port, Value(value.module, node, function), hops - 1)

    match node:
        case ast.Name(id=name) if function:
            bound = function.names.get(name)
            return inner(bound) if isinstance(bound, ast.expr) else Looks()
        case ast.BinOp(left=left, op=ast.Div()) if _is_number(port, value, node.right):
            return replace(inner(left), numbers="float")
        case ast.BinOp(left=left, right=right) if _is_number(port, value, right):
            is_float = isinstance(port.literal(_part(value, right)), float)
            return replace(inner(left), numbers="float") if is_float else inner(left)
        case ast.Subscript(value=array, slice=ast.Slice()):
            return inner(array)
        case ast.Call():
            return _call_looks(port, value, node, hops)
    return Looks()


def _call_looks(port: Port, value: Value, call: ast.Call, hops: int) -> Looks:
    def inner(node: ast.expr) -> Looks:
        return looks(port, _part(value, node), hops - 1)

    name, arguments = port.resolve(value.module, call.func, value.function), call.args
    if arguments and name in _WRAPPERS:
        found = inner(arguments[0])
        return replace(found, numbers=_numbers(port, value, call, arguments[1:2]) or found.numbers)
    if len(arguments) == 2 and name == "numpy.transpose":
        return replace(inner(arguments[0]), layout=_layout(port, value, arguments[1:]))
    if isinstance(call.func, ast.Attribute) and not isinstance(name, str):
        return _after(port, value, call, call.func.attr, inner(call.func.value))
    return Looks()


def _after(port: Port, value: Value, call: ast.Call, method: str, before: Looks) -> Looks:
    """The array after one of its methods."""
    if method in ("permute", "transpose"):
        return replace(before, layout=_layout(port, value, call.args))
    if method == "byte":
        return replace(before, numbers="uint8")
    if method in _FLOATS:
        return replace(before, numbers="float")
    if method in ("astype", "to", "type"):
        numbers = _numbers(port, value, call, call.args)
        device = _device(port, value, call)
        return replace(before, numbers=numbers or before.numbers, device=device or before.device)
    if method in ("cuda", "cpu"):
        return replace(before, device=method)
    if method == "numpy":
        return replace(before, device="cuda" if before.device == "cuda" else "cpu")
    return before if method in _SAME else Looks()


def _layout(port: Port, value: Value, arguments: list[ast.expr]) -> str | None:
    elements = port.elements(_part(value, arguments[0])) if len(arguments) == 1 else None
    parts = elements or [_part(value, argument) for argument in arguments]
    order = tuple(port.literal(part) for part in parts)
    return "CHW" if order in _TO_CHW else "HWC" if order in _TO_HWC else None


def _numbers(port: Port, value: Value, call: ast.Call, arguments: list[ast.expr]) -> str | None:
    given = [*arguments, *(k.value for k in call.keywords if k.arg == "dtype")]
    for node in given:
        literal = port.literal(_part(value, node))
        name = literal if isinstance(literal, str) else ast.unparse(node)
        kind = name.rpartition(".")[2]
        if kind == "uint8":
            return "uint8"
        if kind.startswith(("float", "bfloat", "half", "double")):
            return "float"
        if kind.startswith("int"):
            return "other"
    return None


def _device(port: Port, value: Value, call: ast.Call) -> str | None:
    for node in [*call.args, *(k.value for k in call.keywords if k.arg == "device")]:
        literal = port.literal(_part(value, node))
        if isinstance(literal, str) and literal.partition(":")[0] in ("cuda", "cpu"):
            return literal.partition(":")[0]
    return None


def _is_number(port: Port, value: Value, node: ast.expr) -> bool:
    return isinstance(port.literal(_part(value, node)), int | float)


def _part(value: Value, node: ast.expr) -> Value:
    return Value(value.module, node, value.function)


def made_by(port: Port, value: Value) -> Value:
    """The expression that makes a sample: also inside the only function of the port that a call on
    the model can mean, where that returns one thing."""
    node = value.node
    while isinstance(node, ast.Name) and value.function:
        bound = value.function.names.get(node.id)
        if not isinstance(bound, ast.expr):
            return value
        node = bound
    path = dotted(node.func) if isinstance(node, ast.Call) else None
    if path is None or not path.startswith(("self.", "engine.", "model.")):
        return value
    name = path.rpartition(".")[2]
    named = [function for module in port.played for function in module.functions
             if function.name == name and function.owner]  # fmt: skip
    return _returned(named[0]) or value if len(named) == 1 else value


def _returned(function: Function) -> Value | None:
    returns = [node for node in function.own_nodes if isinstance(node, ast.Return) and node.value]
    if len(returns) != 1 or returns[0].value is None:
        return None
    return Value(function.module, returns[0].value, function)
