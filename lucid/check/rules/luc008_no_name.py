"""LUC008: a model without a name."""

from lucid.check.constants import worth
from lucid.check.port import Port
from lucid.check.rule import Findings, rule


@rule(
    "LUC008",
    message='{model} has no name: write for example `name = "my-model"` in its body',
    why="The name stands over the picture; without it the port does not start.",
)
def no_name(port: Port) -> Findings:
    for model in port.served_models:
        given = port.attribute(model, "name")
        if port.lacks(model, "name"):
            yield no_name.at(model.module, model.node, model=model.name)
        elif given and worth(port, given) == "":
            yield no_name.of(given, model=model.name)
