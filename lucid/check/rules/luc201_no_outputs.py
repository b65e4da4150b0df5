"""LUC201: a model without outputs."""

from lucid.check.outputs import is_declaration
from lucid.check.port import Port
from lucid.check.rule import Findings, rule


@rule(
    "LUC201",
    message="{model} declares no tuple of outputs: write "
    '`outputs = (publish.video(name="main_video", width=640, height=360),)` in its body',
    why="What a session publishes must be declared, so that the page knows what to show; "
    "without outputs the port does not start.",
)
def no_outputs(port: Port) -> Findings:
    for model in port.served_models:
        outputs = port.attribute(model, "outputs")
        if port.lacks(model, "outputs") or (outputs and port.elements(outputs) == []):
            yield no_outputs.at(model.module, model.node, model=model.name)
        elif outputs and is_declaration(port, outputs):  # the comma of a tuple is missing
            yield no_outputs.of(outputs, model=model.name)
