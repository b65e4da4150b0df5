"""LUC310: `run` is a generator, or no coroutine."""

import libcst as cst

from lucid.check.module import Function
from lucid.check.nodes import any_of, is_literal, statements
from lucid.check.port import Port
from lucid.check.rule import Findings, rule


@rule(
    "LUC310",
    message="run must be `async def` without yield: publish each frame with "
    "`await self.ctx.publish(...)`",
    why="Lucid awaits `run`, which a generator and a plain function do not allow: the session ends "
    "with an error, or no frame ever comes.",
)
def run_form(port: Port) -> Findings:
    for session in port.sessions:
        for method in session.methods:
            if method.name == "run" and not method.node.decorators and not _can_play(method):
                yield run_form.at(session.module, method.node)


def _can_play(method: Function) -> bool:
    """Whether calling it gives something to await, or it only stands for a subclass's own."""
    if any_of(method.own_nodes, cst.Yield):
        return False
    is_stub = all(
        isinstance(line, cst.Pass | cst.Raise)
        or (isinstance(line, cst.Expr) and is_literal(line.value))
        for line in statements(method.node.body)
    )
    returns = any(isinstance(node, cst.Return) and node.value for node in method.own_nodes)
    return method.is_async or is_stub or returns
