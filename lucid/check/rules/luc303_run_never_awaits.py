"""LUC303: `run`, or a loop in it, never gives way to inputs."""

from collections.abc import Iterable, Iterator

import libcst as cst

from lucid.check.module import Function
from lucid.check.nodes import (
    Definition,
    any_of,
    below,
    callee,
    children,
    code,
    descend,
    is_true,
    statements,
)
from lucid.check.port import Port
from lucid.check.rule import Findings, rule
from lucid.check.session import COROUTINES


@rule(
    "LUC303",
    message="{subject} never awaits: write {also}`await self.ctx.publish(...)` in it",
    why="Inputs are applied where `run` awaits: until it does, keys do nothing, no frame leaves, "
    "and the session cannot end.",
)
def run_never_awaits(port: Port) -> Findings:
    for session in port.sessions:
        for method in session.methods:
            if method.name != "run" or method.node.decorators or _may_delegate(method):
                continue
            also = "" if method.is_async else "`async def run` and "
            awaits = any(map(_gives_way, method.own_nodes))
            loops = list(_stuck(method.node.body, run_awaits=awaits))
            for loop in loops:
                yield run_never_awaits.at(session.module, loop, subject="this loop", also=also)
            if not loops and not awaits and not _forgets_await(method.own_nodes):
                yield run_never_awaits.at(session.module, method.node, subject="`run`", also=also)


def _stuck(block: cst.BaseSuite, run_awaits: bool) -> Iterator[cst.While]:
    """The outermost loops that may turn for ever; one that counts or drains something may not."""
    for node in _loops(block):
        nodes = [*below(node.test), *descend(node.body)]
        is_stuck = not any(map(_gives_way, nodes))
        if not is_stuck or (run_awaits and not _is_endless(node, nodes)):
            yield from _stuck(node.body, run_awaits)
        elif not _forgets_await(nodes):
            yield node


def _loops(block: cst.CSTNode) -> Iterator[cst.While]:
    """The loops of a block that stand in no other loop of it."""
    for node in children(block):
        if isinstance(node, cst.While):
            yield node
        elif not isinstance(node, Definition | cst.Lambda):
            yield from _loops(node)


def _gives_way(node: cst.CSTNode) -> bool:
    is_async = isinstance(node, cst.For | cst.With | cst.CompFor) and node.asynchronous
    return isinstance(node, cst.Await) or bool(is_async)


def _forgets_await(nodes: Iterable[cst.CSTNode]) -> bool:
    """Whether LUC302 finds why nothing is awaited."""
    return any(isinstance(node, cst.Expr) and callee(node.value) in COROUTINES for node in nodes)


def _is_endless(loop: cst.While, nodes: list[cst.CSTNode]) -> bool:
    is_open = is_true(loop.test) or "ctx.running" in code(loop.test)
    return is_open and not any_of(nodes, cst.Break, cst.Return, cst.Raise)


def _may_delegate(method: Function) -> bool:
    """Whether it returns or yields something else, or is a stub that a subclass replaces."""
    is_stub = all(
        isinstance(line, cst.Pass | cst.Raise)
        or (isinstance(line, cst.Expr) and not isinstance(line.value, cst.Call))
        for line in statements(method.node.body)
    )
    returns = any(isinstance(node, cst.Return) and node.value for node in method.own_nodes)
    yields = any_of(method.own_nodes, cst.Yield)
    return yields or (returns and not method.is_async) or is_stub
