"""Find the layout, the kind of numbers and the device of an array, if the source shows them."""

from dataclasses import dataclass, replace

import libcst as cst

from lucid.check.constants import worth
from lucid.check.module import Function, Value
from lucid.check.nodes import argument, callee, code, positional
from lucid.check.port import Port

_TO_CHW, _TO_HWC = {(2, 0, 1), (0, 3, 1, 2)}, {(1, 2, 0), (0, 2, 3, 1)}
_SAME = {
    "clamp", "clamp_", "clip", "clone", "contiguous", "copy", "detach", "expand", "flip", "numpy",
    "round", "round_", "rint", "squeeze", "tobytes", "unsqueeze",
}  # fmt: skip
"""Methods that change neither layout, nor numbers, nor device."""
_FLOATS = {"float", "half", "bfloat16", "double", "sigmoid", "tanh"}
_WRAPPERS = {"numpy.ascontiguousarray", "numpy.clip", "numpy.array", "numpy.asarray", "numpy.copy"}
_HOPS = 12


@dataclass(frozen=True)
class Looks:
    """What the source shows about an array. A field is None if the source does not show it."""

    layout: str | None = None
    numbers: str | None = None
    """``uint8``, ``float`` or ``other``."""
    device: str | None = None
    """``cuda`` or ``cpu``."""


def looks(port: Port, value: Value, hops: int = _HOPS) -> Looks:
    """Return the array that an expression makes, from its outermost calls and its names."""
    if hops == 0:
        return Looks()

    def inner(node: cst.BaseExpression) -> Looks:
        return looks(port, value.part(node), hops - 1)

    match value.node:
        case cst.Name():
            made = port.resolve(value)
            return looks(port, made, hops - 1) if isinstance(made, Value) else Looks()
        case cst.BinaryOperation(left=left, operator=op, right=right):
            number = worth(port, value.part(right))
            if not isinstance(number, int | float):
                return Looks()
            is_float = isinstance(number, float) or isinstance(op, cst.Divide)
            return replace(inner(left), numbers="float") if is_float else inner(left)
        case cst.Subscript(value=array, slice=[cst.SubscriptElement(slice=cst.Slice())]):
            return inner(array)
        case cst.Call() as call:
            return _call_looks(port, value, call, hops)
    return Looks()


def _call_looks(port: Port, value: Value, call: cst.Call, hops: int) -> Looks:
    def inner(node: cst.BaseExpression) -> Looks:
        return looks(port, value.part(node), hops - 1)

    name, arguments = port.named(value.part(call.func)), positional(call)
    if arguments and name in _WRAPPERS:
        found = inner(arguments[0])
        return replace(found, numbers=_numbers(port, value, call, arguments[1:2]) or found.numbers)
    if len(arguments) == 2 and name == "numpy.transpose":
        return replace(inner(arguments[0]), layout=_layout(port, value, arguments[1:]))
    if isinstance(call.func, cst.Attribute) and name is None:
        return _after(port, value, call, call.func.attr.value, inner(call.func.value))
    return Looks()


def _after(port: Port, value: Value, call: cst.Call, method: str, before: Looks) -> Looks:
    """Return the array that one of its methods returns."""
    if method in ("permute", "transpose"):
        return replace(before, layout=_layout(port, value, positional(call)))
    if method == "byte":
        return replace(before, numbers="uint8")
    if method in _FLOATS:
        return replace(before, numbers="float")
    if method in ("astype", "to", "type"):
        numbers = _numbers(port, value, call, positional(call))
        device = _device(port, value, call)
        return replace(before, numbers=numbers or before.numbers, device=device or before.device)
    if method in ("cuda", "cpu"):
        return replace(before, device=method)
    if method == "numpy":
        return replace(before, device="cuda" if before.device == "cuda" else "cpu")
    return before if method in _SAME else Looks()


def _layout(port: Port, value: Value, arguments: list[cst.BaseExpression]) -> str | None:
    elements = port.elements(value.part(arguments[0])) if len(arguments) == 1 else None
    order = tuple(worth(port, part) for part in elements or map(value.part, arguments))
    return "CHW" if order in _TO_CHW else "HWC" if order in _TO_HWC else None


def _numbers(
    port: Port, value: Value, call: cst.Call, arguments: list[cst.BaseExpression]
) -> str | None:
    for node in filter(None, [*arguments, argument(call, "dtype")]):
        literal = worth(port, value.part(node))
        name = literal if isinstance(literal, str) else code(node)
        kind = name.rpartition(".")[2]
        if kind == "uint8":
            return "uint8"
        if kind.startswith(("float", "bfloat", "half", "double")):
            return "float"
        if kind.startswith("int"):
            return "other"
    return None


def _device(port: Port, value: Value, call: cst.Call) -> str | None:
    for node in filter(None, [*positional(call), argument(call, "device")]):
        literal = worth(port, value.part(node))
        if isinstance(literal, str) and literal.partition(":")[0] in ("cuda", "cpu"):
            return literal.partition(":")[0]
    return None


def made_by(port: Port, value: Value) -> Value:
    """Return the expression that makes a sample.

    A call on the model is replaced by what the only matching function of the port returns.
    """
    made = port.resolve(value) if isinstance(value.node, cst.Name) else value
    path = callee(made.node) if isinstance(made, Value) else None
    if path is None or not path.startswith(("self.", "engine.", "model.")):
        return value
    name = path.rpartition(".")[2]
    named = [function for module in port.played for function in module.functions
             if function.name == name and function.owner]  # fmt: skip
    return _returned(named[0]) or value if len(named) == 1 else value


def _returned(function: Function) -> Value | None:
    returned = function.returned
    return function.module.at(returned[0]) if len(returned) == 1 else None
