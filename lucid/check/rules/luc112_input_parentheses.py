"""LUC112: `@input` without parentheses."""

from collections.abc import Iterator

import libcst as cst

from lucid.check.diagnostics import Diagnostic
from lucid.check.inputs import all_inputs
from lucid.check.port import Port
from lucid.check.rule import Rule, fixed


def _check(port: Port) -> Iterator[Diagnostic]:
    for declared in all_inputs(port):
        if declared.options is None:
            module, decorator = declared.module, declared.decorator
            edit = module.replace(decorator, cst.Call(decorator))
            yield RULE.at(module, decorator, fixed("Add parentheses", edit, is_safe=True))


RULE = Rule(
    code="LUC112",
    name="input-parentheses",
    message="`@input` is called with what it is to say: write `@input()`",
    why="Without parentheses the port does not import, so it does not start.",
    check=_check,
)
