"""Find out whether a decorator makes an input: follow names, helper functions and ``partial``."""

from collections.abc import Mapping
from enum import Enum
from typing import Literal

import libcst as cst

from lucid.check.module import Class, Function, Value
from lucid.check.nodes import has_open_keywords, parameters
from lucid.check.port import KNOWN, Meaning, Port

INPUT = "lucid.input"
_PARTIAL = "functools.partial"
_HOPS = 8

Options = Mapping[str, Value]
"""The keyword arguments of ``input``."""


class Kind(Enum):
    """Something that certainly makes no input."""

    BARE = "input itself, which is not called"
    HIDDEN = "something that the text does not explain"


Found = Options | Literal[Kind.BARE, Kind.HIDDEN] | None


def read_decorator(port: Port, decorator: Value) -> Found:
    """Return the options of the input that a decorator makes; None if it certainly makes none."""
    meaning = port.resolve(decorator)
    if meaning == INPUT:
        return Kind.BARE
    if isinstance(meaning, Value) and isinstance(meaning.node, cst.Call):
        return _made_by(port, meaning, meaning.node, _HOPS)
    return _of_meaning(port, decorator, meaning)


def _of_meaning(port: Port, decorator: Value, meaning: Meaning) -> Found:
    """A decorator that is not a call, or the function that a decorator calls."""
    if isinstance(meaning, str):
        is_alone = port.entry is None and not meaning.startswith("builtins.")
        is_known = meaning.partition(".")[0] in KNOWN and meaning != "builtins.input"
        return None if is_known or is_alone else Kind.HIDDEN
    if isinstance(meaning, Function):
        return Kind.HIDDEN if _mentions_input(port, meaning, _HOPS) else None
    if isinstance(meaning, Class) or _is_of_property(decorator):
        return None
    return Kind.HIDDEN


def _made_by(port: Port, value: Value, call: cst.Call, hops: int) -> Found:
    """Return what a call that is used as a decorator makes."""
    callee = port.resolve(value.part(call.func))
    if callee == INPUT:
        return Kind.HIDDEN if has_open_keywords(call) else _options(value, call)
    if hops and isinstance(callee, Value) and isinstance(callee.node, cst.Call):
        made = callee.node
        is_partial = port.named(callee.part(made.func)) == _PARTIAL
        first = made.args[0].value if made.args else None
        is_input = first is not None and port.named(callee.part(first)) == INPUT
        is_open = has_open_keywords(made) or has_open_keywords(call)
        if is_partial and is_input and not is_open:
            return {**_options(callee, made), **_options(value, call)}
        return Kind.HIDDEN
    if hops and isinstance(callee, Function | Value):
        returned = _returned(callee, value, call)
        meaning = port.resolve(returned) if returned else None
        if meaning == INPUT:
            return Kind.BARE
        if isinstance(meaning, Value) and isinstance(meaning.node, cst.Call):
            found = _made_by(port, meaning, meaning.node, hops - 1)
            if found is not None:
                return found
    return _of_meaning(port, value, callee)


def _options(value: Value, call: cst.Call) -> dict[str, Value]:
    return {arg.keyword.value: value.part(arg.value) for arg in call.args if arg.keyword}


def _returned(callee: Function | Value, value: Value, call: cst.Call) -> Value | None:
    """Return what a helper returns, with the arguments of a call bound to its parameters."""
    node = callee.node
    if not isinstance(node, cst.FunctionDef | cst.Lambda) or any(arg.star for arg in call.args):
        return None
    if isinstance(callee, Function):
        returns = [each for each in callee.own_nodes if isinstance(each, cst.Return)]
        returned = returns[0].value if len(returns) == 1 else None
    else:
        returned = node.body if isinstance(node, cst.Lambda) else None
    if returned is None:
        return None
    named = {arg.keyword.value: arg.value for arg in call.args if arg.keyword}
    placed = [arg.value for arg in call.args if not arg.keyword]
    places = [*node.params.posonly_params, *node.params.params]
    given: dict[cst.Param, Value] = {}
    for param in parameters(node):
        index = places.index(param) if param in places else len(placed)
        written = placed[index] if index < len(placed) else named.get(param.name.value)
        if written is not None:
            given[param] = value.part(written)
        elif param.default is not None:
            given[param] = callee.module.at(param.default)
    return Value(callee.module, returned, given)


def _mentions_input(port: Port, function: Function, hops: int) -> bool:
    """Return whether a function, or another one of the port that it names, uses ``input``."""
    for node in function.all_nodes:
        if not isinstance(node, cst.Name | cst.Attribute):
            continue
        meaning = port.resolve(function.module.at(node))
        if isinstance(meaning, Value) and isinstance(meaning.node, cst.Call):
            meaning = port.resolve(meaning.part(meaning.node.func))  # a decorator with a name
        if meaning == INPUT:
            return True
        if not isinstance(meaning, Function) or meaning is function or not hops:
            continue
        if _mentions_input(port, meaning, hops - 1):
            return True
    return False


def _is_of_property(decorator: Value) -> bool:
    """Return whether it is the ``.setter``, or the like, of a name that the class body defines
    above."""
    node = decorator.node
    return isinstance(node, cst.Attribute) and node.attr.value in {
        "setter", "getter", "deleter", "register",
    }  # fmt: skip
