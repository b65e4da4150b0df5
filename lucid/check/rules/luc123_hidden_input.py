"""LUC123: a decorator that may make an input, as far as the text tells."""

from collections.abc import Iterator

from lucid.check.diagnostics import Diagnostic
from lucid.check.inputs import hidden_inputs
from lucid.check.nodes import code
from lucid.check.port import Port
from lucid.check.rule import Rule


def _check(port: Port) -> Iterator[Diagnostic]:
    classes = {cls: None for session in port.sessions for cls in port.lineage(session).classes}
    for cls in classes:
        for method, decorator in hidden_inputs(port, cls):
            yield RULE.at(cls.module, decorator, decorator=code(decorator), name=method.name)


RULE = Rule(
    code="LUC123",
    name="hidden-input",
    message="the text alone does not say whether `@{decorator}` makes `{name}` an input: write "
    "`@input(...)` above it",
    why="What the check cannot see it cannot check: a dead control, or a key that no keyboard has, "
    "stays on the page.",
    check=_check,
)
