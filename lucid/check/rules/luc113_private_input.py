"""LUC113: an input's name starts with an underscore."""

from collections.abc import Iterator

from lucid.check.diagnostics import Diagnostic
from lucid.check.inputs import all_inputs
from lucid.check.port import Port
from lucid.check.rule import Rule


def _check(port: Port) -> Iterator[Diagnostic]:
    for declared in all_inputs(port):
        if declared.name.startswith("_"):
            new = declared.name.strip("_") or "act"
            yield RULE.at(declared.module, declared.node, name=declared.name, new=new)


RULE = Rule(
    code="LUC113",
    name="private-input",
    message="the input `{name}` cannot start with an underscore: name it `{new}`",
    why="An input's name is what pages send; the port does not start with a private one.",
    check=_check,
)
