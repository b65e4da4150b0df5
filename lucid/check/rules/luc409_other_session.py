"""LUC409: a model plays another session than it declares."""

import libcst as cst

from lucid.check.module import Class
from lucid.check.port import Port
from lucid.check.rule import Findings, rule


@rule(
    "LUC409",
    message="`create_session` makes a {made} and session_cls is {session}: make a {session}, or "
    "declare the other",
    why="The page shows the inputs of session_cls; what plays has other ones, so controls do "
    "nothing or raise errors.",
)
def other_session(port: Port) -> Findings:
    for model in port.served_models:
        session, create = port.session_of(model), port.method(model, "create_session")
        if session is None or create is None:
            continue
        for node in create.own_nodes:
            if not (isinstance(node, cst.Return) and isinstance(node.value, cst.Call)):
                continue
            made = port.resolve(create.module.at(node.value.func))
            if not isinstance(made, Class) or made not in port.sessions:
                continue
            if session not in port.lineage(made).classes:
                yield other_session.at(
                    create.module, node.value, made=made.name, session=session.name
                )
