"""LUC107: a default that its own type or bounds refuse."""

import operator
from typing import Any

import libcst as cst

from lucid.check.constants import Unknown, constant, worth
from lucid.check.inputs import all_inputs
from lucid.check.module import Value
from lucid.check.nodes import subscripts
from lucid.check.port import Port
from lucid.check.rule import Findings, rule

_TYPES: dict[str | None, tuple[type, ...]] = {
    "builtins.bool": (bool,),
    "builtins.int": (int,),
    "builtins.float": (float, int),
    "builtins.str": (str,),
}
_BOUNDS = {
    "ge": (operator.ge, "at least"),
    "gt": (operator.gt, "more than"),
    "le": (operator.le, "at most"),
    "lt": (operator.lt, "less than"),
}


@rule(
    "LUC107",
    message="the default {default} of `{name}` must be {must}: change the default or the type",
    why="The page shows the default as what is set, and the port refuses it; it does not start.",
)
def bad_default(port: Port) -> Findings:
    for declared in all_inputs(port):
        for param in declared.parameters:
            if param.default is None or param.annotation is None:
                continue
            default = declared.module.at(param.default)
            try:
                given = constant(port, default)
                problem = _problem(port, default.part(param.annotation.annotation), given)
            except Unknown:
                continue
            if problem:
                shown = repr(given)
                yield bad_default.of(default, default=shown, name=param.name.value, must=problem)


def _problem(port: Port, annotation: Value, given: Any) -> str | None:
    """What the default should be, if it is not."""
    meaning = port.resolve(annotation)
    if isinstance(meaning, str) and meaning in _TYPES:
        is_confused = isinstance(given, bool) and meaning != "builtins.bool"
        is_right = isinstance(given, _TYPES[meaning]) and not is_confused
        return None if is_right else f"a {meaning.removeprefix('builtins.')}"
    if not isinstance(meaning, Value) or not isinstance(meaning.node, cst.Subscript):
        return None
    outer = port.named(meaning.part(meaning.node.value))
    parts = [meaning.part(part) for part in subscripts(meaning.node)]
    if outer == "typing.Literal":
        choices = [constant(port, part) for part in parts]
        return None if given in choices else f"one of {', '.join(map(repr, choices))}"
    if outer == "typing.Annotated":
        problems = [_problem(port, parts[0], given), *(_outside(port, m, given) for m in parts[1:])]
        return next((problem for problem in problems if problem), None)
    return None


def _outside(port: Port, metadata: Value, given: Any) -> str | None:
    call = port.foreign_call(metadata)
    if call is None or call.name != "pydantic.Field" or not isinstance(given, int | float):
        return None
    for name, (holds, words) in _BOUNDS.items():
        limit = worth(port, call.argument(name))
        if isinstance(limit, int | float) and not holds(given, limit):
            return f"{words} {limit}"
    return None
