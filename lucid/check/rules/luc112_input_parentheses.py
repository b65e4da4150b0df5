"""LUC112: `@input` without parentheses."""

import libcst as cst

from lucid.check.inputs import all_inputs
from lucid.check.port import Port
from lucid.check.rule import Findings, fixed, rule


@rule(
    "LUC112",
    message="`@input` is called with what it is to say: write `@input()`",
    why="Without parentheses the port does not import, so it does not start.",
)
def input_parentheses(port: Port) -> Findings:
    for declared in all_inputs(port):
        if declared.options is None:
            module, decorator = declared.module, declared.decorator
            edit = module.replace(decorator, cst.Call(decorator))
            yield input_parentheses.at(
                module, decorator, fixed("Add parentheses", edit, is_safe=True)
            )
