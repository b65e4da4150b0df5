"""LUC107: a default that its own type or bounds refuse."""

import ast
import operator
from collections.abc import Iterator
from typing import Any

from lucid.check.constants import Unknown, constant
from lucid.check.diagnostics import Diagnostic
from lucid.check.inputs import all_inputs
from lucid.check.module import Module
from lucid.check.port import Port, Value, argument
from lucid.check.rule import Invalid, Rule

_TYPES = {"bool": (bool,), "int": (int,), "float": (float, int), "str": (str,)}
_BOUNDS = {
    "ge": (operator.ge, "at least"),
    "gt": (operator.gt, "more than"),
    "le": (operator.le, "at most"),
    "lt": (operator.lt, "less than"),
}


def _check(port: Port) -> Iterator[Diagnostic]:
    for declared in all_inputs(port):
        for parameter in declared.parameters:
            default = declared.default(parameter)
            if default is None or parameter.annotation is None:
                continue
            try:
                given = constant(port, Value(declared.module, default))
                problem = _problem(port, declared.module, parameter.annotation, given)
            except Unknown:
                continue
            if problem:
                yield RULE.at(
                    declared.module, default, default=repr(given), name=parameter.arg, must=problem
                )


def _problem(port: Port, module: Module, annotation: ast.expr, given: Any) -> str | None:
    """What the default should be, where it is not."""
    meaning = port.resolve(module, annotation)
    if isinstance(meaning, Value):
        module, annotation = meaning.module, meaning.node
    if isinstance(annotation, ast.Name) and annotation.id not in module.names.bound:
        allowed = _TYPES.get(annotation.id)
        is_right = allowed is None or (
            isinstance(given, allowed) and (annotation.id == "bool" or not isinstance(given, bool))
        )
        return None if is_right else f"a {annotation.id}"
    if not isinstance(annotation, ast.Subscript):
        return None
    outer, inner = port.resolve(module, annotation.value), annotation.slice
    parts = inner.elts if isinstance(inner, ast.Tuple) else [inner]
    if outer == "typing.Literal":
        choices = constant(port, Value(module, ast.Tuple(parts)))
        return None if given in choices else f"one of {', '.join(map(repr, choices))}"
    if outer == "typing.Annotated":
        problem = _problem(port, module, parts[0], given)
        return problem or next(
            (p for m in parts[1:] if (p := _outside(port, module, m, given))), None
        )
    return None


def _outside(port: Port, module: Module, metadata: ast.expr, given: Any) -> str | None:
    call = port.foreign_call(Value(module, metadata))
    if call is None or call.name != "pydantic.Field" or not isinstance(given, int | float):
        return None
    for name, (holds, words) in _BOUNDS.items():
        bound = argument(call.node, name)
        limit = port.literal(Value(call.module, bound)) if bound else None
        if isinstance(limit, int | float) and not holds(given, limit):
            return f"{words} {limit}"
    return None


RULE = Rule(
    code="LUC107",
    name="bad-default",
    message="the default {default} of `{name}` must be {must}: change the default or the type",
    why="The page shows the default as what is set, and the port refuses it; it does not start.",
    valid=(
        """
        from typing import Annotated, Literal
        from pydantic import Field
        from lucid import LucidSession, input

        STEPS = 4

        class MySession(LucidSession):
            @input()
            def tune(
                self,
                a: Annotated[int, Field(ge=1, le=8)] = STEPS,
                b: float = 1,
                c: Literal["x", "y"] = "x",
                d: int | None = None,
                e: Mode = "walk",
                f: bool = True,
                g: float = compute(),
            ) -> None: ...
        """,
    ),
    invalid=(
        Invalid(
            """
            from typing import Annotated
            from pydantic import Field
            from lucid import LucidSession, input

            class MySession(LucidSession):
                @input()
                def tune(self, steps: Annotated[int, Field(ge=1, le=8)] = 0) -> None: ...
            """,
            line=7,
            column=63,
        ),
        Invalid(
            """
            from typing import Literal
            from lucid import LucidSession, input

            class MySession(LucidSession):
                @input()
                def go(self, place: Literal["hall", "cave"] = "attic") -> None: ...
            """,
            line=6,
            column=51,
        ),
        Invalid(
            """
            from lucid import LucidSession, input

            class MySession(LucidSession):
                @input()
                def tune(self, steps: int = 2.5) -> None: ...
            """,
            line=5,
            column=33,
        ),
    ),
    check=_check,
)
