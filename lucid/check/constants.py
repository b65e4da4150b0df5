"""Evaluate constant expressions: follow arithmetic and names, and run nothing."""

import operator
from collections.abc import Callable
from typing import Any

import libcst as cst

from lucid.check.module import Class, Value
from lucid.check.nodes import is_literal, literal
from lucid.check.port import Port

_BINARY: dict[type[cst.BaseBinaryOp], Callable[[Any, Any], Any]] = {
    cst.Add: operator.add,
    cst.Subtract: operator.sub,
    cst.Multiply: operator.mul,
    cst.Divide: operator.truediv,
    cst.FloorDivide: operator.floordiv,
    cst.Modulo: operator.mod,
}
_LARGEST = 1_000_000  # maximum length of a product: "a" * 10**12 is not computed
_DEPTH = 40


class Unknown(Exception):
    """The source does not show the value of an expression."""

    def __init__(self, value: Value) -> None:
        super().__init__()
        self.value = value


def worth(port: Port, value: Value | None) -> str | int | float | bool | None:
    """Return the string or number of an expression; None if it is anything else."""
    if value is None:
        return None
    try:
        found = constant(port, value)
    except Unknown:
        return None
    return found if isinstance(found, str | int | float | bool) else None


def written(port: Port, value: Value) -> Value:
    """Return the literal that an expression refers to, or else the expression itself."""
    meaning = port.resolve(value)
    return meaning if isinstance(meaning, Value) and is_literal(meaning.node) else value


def constant(port: Port, value: Value, depth: int = _DEPTH) -> Any:
    """Return the value of an expression of literals, arithmetic and names.

    Raises:
        Unknown: it is anything else.
    """
    if depth == 0:
        raise Unknown(value)
    meaning = port.resolve(value)
    if not isinstance(meaning, Value):
        return enum_member(port, value, depth)
    return _worth(port, meaning, depth - 1)


def _worth(port: Port, value: Value, depth: int) -> Any:
    def part(node: cst.BaseExpression) -> Any:
        return constant(port, value.part(node), depth)

    if is_literal(value.node):
        return literal(value.node)
    match value.node:
        case cst.Tuple() | cst.List() | cst.Set() as node:
            return _sequence(port, value, node, depth)
        case cst.Dict(elements=pairs) if all(isinstance(p, cst.DictElement) for p in pairs):
            found = [(part(p.key), part(p.value)) for p in pairs if isinstance(p, cst.DictElement)]
            return _hashed(value, dict, found)
        case cst.UnaryOperation(operator=cst.Minus(), expression=operand):
            return _do(value, operator.neg, part(operand))
        case cst.BinaryOperation(left=left, operator=op, right=right) if type(op) in _BINARY:
            return _do(value, _BINARY[type(op)], part(left), part(right))
        case cst.ConcatenatedString(left=left, right=right):
            return _do(value, operator.add, part(left), part(right))
        case cst.FormattedString(parts=parts):
            return "".join(_piece(port, value, piece, depth) for piece in parts)
    raise Unknown(value)


def enum_member(port: Port, value: Value, depth: int = _DEPTH) -> Any:
    """Return the value of ``Button.FORWARD``, if the port declares such an Enum.

    Raises:
        Unknown: it is not a member of an Enum.
    """
    if isinstance(value.node, cst.Attribute):
        owner = port.resolve(value.part(value.node.value))
        if isinstance(owner, Class) and is_enum(port, owner):
            bound = owner.value(value.node.attr.value)
            if bound:
                return constant(port, bound, depth - 1)
    raise Unknown(value)


def is_enum(port: Port, cls: Class) -> bool:
    """Return whether a class derives from one of the standard library's Enums."""
    return any(name.startswith("enum.") for name in port.lineage(cls).foreign)


def _sequence(port: Port, value: Value, node: cst.Tuple | cst.List | cst.Set, depth: int) -> Any:
    found: list[Any] = []
    for element in node.elements:
        is_starred = isinstance(element, cst.StarredElement)
        item = constant(port, value.part(element.value), depth)
        if is_starred and not isinstance(item, tuple | list):
            raise Unknown(value)
        found += item if is_starred else [item]
    if isinstance(node, cst.Set):
        return _hashed(value, set, found)
    return found if isinstance(node, cst.List) else tuple(found)


def _hashed(value: Value, kind: Callable[[list[Any]], Any], items: list[Any]) -> Any:
    try:
        return kind(items)
    except TypeError:  # for example a list as a key
        raise Unknown(value) from None


def _do(value: Value, work: Callable[..., Any], *operands: Any) -> Any:
    for operand in operands:
        if not isinstance(operand, int | float | str | tuple | list):
            raise Unknown(value)
        size = abs(operand) if isinstance(operand, int | float) else len(operand)
        if size > _LARGEST:
            raise Unknown(value)
    try:
        return work(*operands)
    except (TypeError, ValueError, ArithmeticError):
        raise Unknown(value) from None


def _piece(port: Port, value: Value, piece: cst.BaseFormattedStringContent, depth: int) -> str:
    """Return the text of a part of an f-string."""
    match piece:
        case cst.FormattedStringText(value=text):
            if "\\" not in text:
                return text.replace("{{", "{").replace("}}", "}")
        case cst.FormattedStringExpression(conversion=None, format_spec=None, equal=None):
            found = constant(port, value.part(piece.expression), depth)
            if isinstance(found, str | int | float):
                return str(found)
    raise Unknown(value)
