"""LUC105: an input takes arguments without fixed names."""

from lucid.check.inputs import all_inputs, input_gesture
from lucid.check.nodes import nameless_parameters
from lucid.check.port import Port
from lucid.check.rule import Findings, rule


@rule(
    "LUC105",
    message="`{given}` of the input `{name}` has no name to send it by: "
    "write each argument by name, with its type",
    why="A page sends arguments by name and shows one field for each; the port does not start.",
)
def variadic_input(port: Port) -> Findings:
    for declared in all_inputs(port):
        if not declared.is_plain or input_gesture(port, declared):
            continue  # of a bound one, LUC106 says what it must take
        for param in nameless_parameters(declared.node):
            yield variadic_input.at(
                declared.module, param, name=declared.name, given=param.name.value
            )
