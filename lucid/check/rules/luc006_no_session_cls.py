"""LUC006: a model without session_cls."""

from collections.abc import Iterator

from lucid.check.diagnostics import Diagnostic
from lucid.check.port import Port
from lucid.check.rule import Rule


def _check(port: Port) -> Iterator[Diagnostic]:
    session = port.sessions[0].name if len(port.sessions) == 1 else "MySession"
    for model in port.served_models:
        if port.lacks(model, "session_cls"):
            yield RULE.at(model.module, model.node, model=model.name, session=session)


RULE = Rule(
    code="LUC006",
    name="no-session-cls",
    message="{model} has no session_cls: write `session_cls = {session}` in its body",
    why="The session class says what a player can do; without it the port does not start.",
    check=_check,
)
