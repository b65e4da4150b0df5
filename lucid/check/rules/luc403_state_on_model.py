"""LUC403: a session keeps a player's state on the model."""

import libcst as cst

from lucid.check.module import Module
from lucid.check.nodes import callee, dotted
from lucid.check.port import Port
from lucid.check.rule import Findings, rule
from lucid.check.session import MUTATORS


@rule(
    "LUC403",
    message="the model outlives this player: keep `{name}` on the session, as `self.{name}`",
    why="The model is shared: the next player starts with what the last one left, and two players "
    "steer each other's world.",
)
def state_on_model(port: Port) -> Findings:
    for session in port.sessions:
        for method in session.methods:
            for node in method.all_nodes:
                if name := _on_model(session.module, node):
                    yield state_on_model.at(session.module, node, name=name)


def _on_model(module: Module, node: cst.CSTNode) -> str | None:
    """The attribute of ``self.model`` that a node sets or changes; not what lies deeper, which is
    the engine's."""
    path = None
    if isinstance(node, cst.Call):
        path, _, method = (callee(node) or "").rpartition(".")
        path = path if method in MUTATORS - {"update"} else None
    elif isinstance(node, cst.Attribute) and module.is_stored(node):
        path = dotted(node)
    elif isinstance(node, cst.Subscript) and module.is_stored(node):
        path = dotted(node.value)
    match (path or "").split("."):
        case ["self", "model", name]:
            return name
    return None
