"""LUC202: a session publishes what its model does not declare."""

import difflib

from lucid.check.constants import worth
from lucid.check.nodes import expression, is_literal
from lucid.check.outputs import published, session_outputs
from lucid.check.port import Port
from lucid.check.rule import Findings, fixed, rule


@rule(
    "LUC202",
    message='"{name}" is published but not declared: write one of {declared}, or add it to the '
    "outputs of the model",
    why="Publishing it raises an error, which ends the player's session.",
)
def undeclared_output(port: Port) -> Findings:
    outputs = session_outputs(port)
    for found in published(port):
        declared = outputs.get(found.call.inside) if found.call.inside else None
        name = worth(port, found.name)
        names = sorted({output.name for output in declared or ()})
        if names and isinstance(name, str) and name not in names:
            near = names if len(names) == 1 else difflib.get_close_matches(name, names, n=1)
            fix = None
            if near and is_literal(found.name.node):
                edit = found.module.replace(found.name.node, expression(f'"{near[0]}"'))
                fix = fixed(f'Publish to "{near[0]}"', edit, is_safe=False)
            shown = ", ".join(f'"{known}"' for known in names)
            yield undeclared_output.of(found.name, fix, name=name, declared=shown)
