"""LUC006: a model without session_cls."""

from lucid.check.port import Port
from lucid.check.rule import Findings, rule


@rule(
    "LUC006",
    message="{model} has no session_cls: write `session_cls = {session}` in its body",
    why="The session class says what a player can do; without it the port does not start.",
)
def no_session_cls(port: Port) -> Findings:
    session = port.sessions[0].name if len(port.sessions) == 1 else "MySession"
    for model in port.served_models:
        if port.lacks(model, "session_cls"):
            yield no_session_cls.at(model.module, model.node, model=model.name, session=session)
