"""LUC123: a decorator that may make an input, as far as the text tells."""

from lucid.check.inputs import hidden_inputs
from lucid.check.nodes import code
from lucid.check.port import Port
from lucid.check.rule import Findings, rule


@rule(
    "LUC123",
    message="the text alone does not say whether `@{decorator}` makes `{name}` an input: write "
    "`@input(...)` above it",
    why="What the check cannot see it cannot check: a dead control, or a key that no keyboard has, "
    "stays on the page.",
)
def hidden_input(port: Port) -> Findings:
    classes = {cls: None for session in port.sessions for cls in port.lineage(session).classes}
    for cls in classes:
        for method, decorator in hidden_inputs(port, cls):
            yield hidden_input.at(
                cls.module, decorator, decorator=code(decorator), name=method.name
            )
