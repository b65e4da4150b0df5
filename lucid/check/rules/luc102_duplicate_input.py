"""LUC102: two inputs of one name in one class."""

from collections.abc import Iterator

from lucid.check.diagnostics import Diagnostic
from lucid.check.inputs import own_inputs
from lucid.check.port import Port
from lucid.check.rule import Rule


def _check(port: Port) -> Iterator[Diagnostic]:
    for cls in port.classes:
        seen: set[str] = set()
        for declared in own_inputs(port, cls):
            if declared.node not in cls.node.body.body:
                continue  # under an `if`, where the other one may be under its `else`
            if declared.name in seen:
                yield RULE.at(cls.module, declared.node, cls=cls.name, name=declared.name)
            seen.add(declared.name)


RULE = Rule(
    code="LUC102",
    name="duplicate-input",
    message="{cls} declares the input `{name}` twice, and only this one counts: rename one of them",
    why="The second method replaces the first, so one control is missing from the page.",
    check=_check,
)
