"""LUC113: an input's name starts with an underscore."""

from lucid.check.inputs import all_inputs
from lucid.check.port import Port
from lucid.check.rule import Findings, rule


@rule(
    "LUC113",
    message="the input `{name}` cannot start with an underscore: name it `{new}`",
    why="An input's name is what pages send; the port does not start with a private one.",
)
def private_input(port: Port) -> Findings:
    for declared in all_inputs(port):
        if declared.name.startswith("_"):
            new = declared.name.strip("_") or "act"
            yield private_input.at(declared.module, declared.node, name=declared.name, new=new)
