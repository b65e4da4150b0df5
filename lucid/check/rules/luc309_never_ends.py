"""LUC309: a loop of `run` that does not see the session's end."""

import libcst as cst

from lucid.check.nodes import any_of, callee, descend, expression, is_true
from lucid.check.port import Port
from lucid.check.rule import Findings, fixed, rule


@rule(
    "LUC309",
    message="this loop does not see the end of the session: write `while self.ctx.running:`",
    why="When a player leaves, the session must be cancelled in the middle of a step, and the next "
    "player waits for that.",
)
def never_ends(port: Port) -> Findings:
    for session in port.sessions:
        for method in session.methods:
            for node in method.own_nodes if method.name == "run" and method.is_async else ():
                if isinstance(node, cst.While) and _is_endless(node):
                    edit = method.module.replace(node.test, expression("self.ctx.running"))
                    fix = fixed("Loop while it is running", edit, is_safe=True)
                    yield never_ends.at(method.module, node, fix)


def _is_endless(loop: cst.While) -> bool:
    nodes = list(descend(loop.body))
    publishes = any(
        isinstance(node, cst.Await) and callee(node.expression) == "self.ctx.publish"
        for node in nodes
    )
    looks = any(isinstance(node, cst.Attribute) and node.attr.value == "running" for node in nodes)
    leaves = looks or any_of(nodes, cst.Break, cst.Return, cst.Raise)
    return is_true(loop.test) and publishes and not leaves
