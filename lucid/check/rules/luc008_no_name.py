"""LUC008: a model without a name."""

from collections.abc import Iterator

from lucid.check.diagnostics import Diagnostic
from lucid.check.port import Port
from lucid.check.rule import Invalid, Rule


def _check(port: Port) -> Iterator[Diagnostic]:
    for model in port.served_models:
        given = port.attribute(model, "name")
        if port.lacks(model, "name"):
            yield RULE.at(model.module, model.node, model=model.name)
        elif given and port.literal(given) == "":
            yield RULE.at(given.module, given.node, model=model.name)


RULE = Rule(
    code="LUC008",
    name="no-name",
    message='{model} has no name: write for example `name = "my-model"` in its body',
    why="The name stands over the picture; without it the port does not start.",
    valid=(
        "from lucid import LucidModel\nclass MyModel(LucidModel):\n    name = NAME",
        "from lucid import LucidModel\n@named\nclass MyModel(LucidModel): ...",
    ),
    invalid=(
        Invalid("from lucid import LucidModel\nclass MyModel(LucidModel): ...", line=2, column=7),
        Invalid(
            'from lucid import LucidModel\nclass MyModel(LucidModel):\n    name = ""',
            line=3,
            column=12,
        ),
    ),
    check=_check,
)
