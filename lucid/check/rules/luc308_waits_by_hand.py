"""LUC308: a loop that waits for the end of a pause by itself."""

import libcst as cst

from lucid.check.diagnostics import Edit
from lucid.check.module import Module
from lucid.check.nodes import callee, has_comment, statements
from lucid.check.port import Port
from lucid.check.rule import Findings, fixed, rule

_WAIT = "await self.ctx.wait_if_paused()"


@rule(
    "LUC308",
    message="inputs are not applied while this loop waits: write "
    "`await self.ctx.wait_if_paused()` instead",
    why="What a player sets during the pause shows only after it, and the world resumes late.",
)
def waits_by_hand(port: Port) -> Findings:
    for session in port.sessions:
        for method in session.methods:
            for node in method.own_nodes if method.is_async else ():
                if isinstance(node, cst.While) and _waits(port, method.module, node):
                    edit = Edit(method.module.span(node, list(statements(node.body))[-1]), _WAIT)
                    fix = fixed("Let the context wait", edit, is_safe=True)
                    yield waits_by_hand.at(method.module, node, None if has_comment(node) else fix)


def _waits(port: Port, module: Module, loop: cst.While) -> bool:
    """Whether it is ``while self.ctx.is_paused(): await asyncio.sleep(...)``."""
    match list(statements(loop.body)):
        case [cst.Expr(value=cst.Await(expression=cst.Call(func=slept)))] if loop.orelse is None:
            is_sleep = port.named(module.at(slept)) == "asyncio.sleep"
            return is_sleep and callee(loop.test) == "self.ctx.is_paused"
    return False
