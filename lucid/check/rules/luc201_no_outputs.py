"""LUC201: a model without outputs."""

from collections.abc import Iterator

from lucid.check.diagnostics import Diagnostic
from lucid.check.outputs import is_declaration
from lucid.check.port import Port
from lucid.check.rule import Rule


def _check(port: Port) -> Iterator[Diagnostic]:
    for model in port.served_models:
        outputs = port.attribute(model, "outputs")
        if port.lacks(model, "outputs") or (outputs and port.elements(outputs) == []):
            yield RULE.at(model.module, model.node, model=model.name)
        elif outputs and is_declaration(port, outputs):  # the comma of a tuple is missing
            yield RULE.of(outputs, model=model.name)


RULE = Rule(
    code="LUC201",
    name="no-outputs",
    message="{model} declares no tuple of outputs: write "
    '`outputs = (publish.video(name="main_video", width=640, height=360),)` in its body',
    why="What a session publishes must be declared, so that the page knows what to show; "
    "without outputs the port does not start.",
    check=_check,
)
