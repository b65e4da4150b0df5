"""LUC102: two inputs of one name in one class."""

from lucid.check.inputs import own_inputs
from lucid.check.port import Port
from lucid.check.rule import Findings, rule


@rule(
    "LUC102",
    message="{cls} declares the input `{name}` twice, and only this one counts: rename one of them",
    why="The second method replaces the first, so one control is missing from the page.",
)
def duplicate_input(port: Port) -> Findings:
    for cls in port.classes:
        seen: set[str] = set()
        for declared in own_inputs(port, cls):
            if declared.node not in cls.node.body.body:
                continue  # under an `if`, where the other one may be under its `else`
            if declared.name in seen:
                yield duplicate_input.at(
                    cls.module, declared.node, cls=cls.name, name=declared.name
                )
            seen.add(declared.name)
