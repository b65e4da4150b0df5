"""LUC105: an input takes arguments without fixed names."""

from collections.abc import Iterator

from lucid.check.diagnostics import Diagnostic
from lucid.check.inputs import all_inputs, input_gesture
from lucid.check.nodes import nameless_parameters
from lucid.check.port import Port
from lucid.check.rule import Rule


def _check(port: Port) -> Iterator[Diagnostic]:
    for declared in all_inputs(port):
        if not declared.is_plain or input_gesture(port, declared):
            continue  # of a bound one, LUC106 says what it must take
        for param in nameless_parameters(declared.node):
            yield RULE.at(declared.module, param, name=declared.name, given=param.name.value)


RULE = Rule(
    code="LUC105",
    name="variadic-input",
    message="`{given}` of the input `{name}` has no name to send it by: "
    "write each argument by name, with its type",
    why="A page sends arguments by name and shows one field for each; the port does not start.",
    check=_check,
)
