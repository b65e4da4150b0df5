"""LUC008: a model without a name."""

from collections.abc import Iterator

from lucid.check.constants import worth
from lucid.check.diagnostics import Diagnostic
from lucid.check.port import Port
from lucid.check.rule import Rule


def _check(port: Port) -> Iterator[Diagnostic]:
    for model in port.served_models:
        given = port.attribute(model, "name")
        if port.lacks(model, "name"):
            yield RULE.at(model.module, model.node, model=model.name)
        elif given and worth(port, given) == "":
            yield RULE.of(given, model=model.name)


RULE = Rule(
    code="LUC008",
    name="no-name",
    message='{model} has no name: write for example `name = "my-model"` in its body',
    why="The name stands over the picture; without it the port does not start.",
    check=_check,
)
