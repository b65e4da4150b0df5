"""LUC201: a model without outputs."""

from collections.abc import Iterator

from lucid.check.diagnostics import Diagnostic
from lucid.check.outputs import is_declaration
from lucid.check.port import Port
from lucid.check.rule import Invalid, Rule


def _check(port: Port) -> Iterator[Diagnostic]:
    for model in port.served_models:
        outputs = port.attribute(model, "outputs")
        if port.lacks(model, "outputs") or (outputs and port.elements(outputs) == []):
            yield RULE.at(model.module, model.node, model=model.name)
        elif outputs and is_declaration(port, outputs):  # the comma of a tuple is missing
            yield RULE.at(outputs.module, outputs.node, model=model.name)


RULE = Rule(
    code="LUC201",
    name="no-outputs",
    message="{model} declares no tuple of outputs: write "
    '`outputs = (publish.video(name="main_video", width=640, height=360),)` in its body',
    why="What a session publishes must be declared, so that the page knows what to show; "
    "without outputs the port does not start.",
    valid=(
        """
        from lucid import LucidModel, publish

        class MyModel(LucidModel):
            outputs = (publish.json(name="score"),)
        """,
        """
        from lucid import LucidModel
        from settings import OUTPUTS

        class MyModel(LucidModel):
            outputs = OUTPUTS
        """,
        """
        from lucid import LucidModel

        class MyModel(LucidModel):
            outputs = make_outputs(640, 360)
        """,
    ),
    invalid=(
        Invalid("from lucid import LucidModel\nclass MyModel(LucidModel): ...", line=2, column=7),
        Invalid(
            "from lucid import LucidModel\nclass MyModel(LucidModel):\n    outputs = ()",
            line=2,
            column=7,
        ),
        Invalid(
            """
            from lucid import LucidModel, publish

            class MyModel(LucidModel):
                outputs = (publish.json(name="score"))
            """,
            line=4,
            column=16,
        ),
    ),
    check=_check,
)
