"""What a constant expression is worth: arithmetic and names are followed, nothing is run."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable
from typing import Any

from lucid.check.module import Class
from lucid.check.port import Port, Value

_BINARY: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
}
_LARGEST = 1_000_000  # of what is multiplied: "a" * 10**12 is not worked out
_DEPTH = 40


class Unknown(Exception):
    """The text does not say what an expression is worth."""

    def __init__(self, value: Value) -> None:
        super().__init__()
        self.value = value


def constant(port: Port, value: Value, depth: int = _DEPTH) -> Any:
    """The value of an expression of literals, arithmetic on them and names for them.

    Raises:
        Unknown: it is anything else.
    """
    if depth == 0:
        raise Unknown(value)
    meaning = port.resolve(value.module, value.node, value.function)
    if not isinstance(meaning, Value):
        return enum_member(port, value, depth)
    return _worth(port, meaning, depth - 1)


def _worth(port: Port, value: Value, depth: int) -> Any:
    def part(node: ast.expr) -> Any:
        return constant(port, Value(value.module, node, value.function), depth)

    match value.node:
        case ast.Constant(value=found):
            return found
        case ast.Tuple() | ast.List() | ast.Set() as node:
            return _sequence(port, value, node, depth)
        case ast.Dict(keys=keys, values=values) if None not in keys:
            return {part(k): part(v) for k, v in zip(keys, values, strict=True) if k}
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return _do(value, operator.neg, part(operand))
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _BINARY:
            return _do(value, _BINARY[type(op)], part(left), part(right))
        case ast.JoinedStr(values=values):
            return "".join(_text(value, part(node)) for node in values)
        case ast.FormattedValue(value=inner, conversion=-1, format_spec=None):
            return part(inner)
    raise Unknown(value)


def enum_member(port: Port, value: Value, depth: int = _DEPTH) -> Any:
    """The value of ``Button.FORWARD``, where the port declares such an Enum.

    Raises:
        Unknown: it is no such thing.
    """
    if isinstance(value.node, ast.Attribute):
        owner = port.resolve(value.module, value.node.value, value.function)
        if isinstance(owner, Class) and is_enum(port, owner):
            bound = owner.names.get(value.node.attr)
            if isinstance(bound, ast.expr):
                return constant(port, Value(owner.module, bound), depth - 1)
    raise Unknown(value)


def is_enum(port: Port, cls: Class) -> bool:
    """Whether a class derives from one of the standard library's Enums."""
    return any(name.startswith("enum.") for name in port.lineage(cls).foreign)


def _sequence(
    port: Port, meaning: Value, node: ast.Tuple | ast.List | ast.Set, depth: int
) -> tuple[Any, ...] | list[Any] | set[Any]:
    found: list[Any] = []
    for element in node.elts:
        is_starred = isinstance(element, ast.Starred)
        inner = element.value if isinstance(element, ast.Starred) else element
        item = constant(port, Value(meaning.module, inner, meaning.function), depth - 1)
        if is_starred and not isinstance(item, tuple | list):
            raise Unknown(meaning)
        found += item if is_starred else [item]
    if isinstance(node, ast.List):
        return found
    try:
        return tuple(found) if isinstance(node, ast.Tuple) else set(found)
    except TypeError:
        raise Unknown(meaning) from None


def _do(value: Value, work: Callable[..., Any], *operands: Any) -> Any:
    for operand in operands:
        size = abs(operand) if isinstance(operand, int | float) else len(_sized(value, operand))
        if size > _LARGEST:
            raise Unknown(value)
    try:
        return work(*operands)
    except (TypeError, ValueError, ArithmeticError):
        raise Unknown(value) from None


def _sized(value: Value, operand: Any) -> str | tuple[Any, ...] | list[Any]:
    if not isinstance(operand, str | tuple | list):
        raise Unknown(value)
    return operand


def _text(value: Value, part: Any) -> str:
    if not isinstance(part, str | int | float):
        raise Unknown(value)
    return str(part)
