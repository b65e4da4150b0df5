"""LUC111: a handler steps the world model or publishes."""

from collections.abc import Iterator

import libcst as cst

from lucid.check.inputs import session_inputs
from lucid.check.module import Class, Function
from lucid.check.nodes import callee, dotted, positional
from lucid.check.port import Port
from lucid.check.rule import Findings, rule
from lucid.check.session import publishes, reached

_STEPS = {"forward", "gen_frame", "generate", "next_frame", "render_frame", "rollout", "step"}
"""What the call that makes the next frame is named, if `run` does not show it."""


@rule(
    "LUC111",
    message="the input `{name}` calls `{call}`: let it set state, and let `run` step and publish",
    why="Inputs are applied between two steps: a step in a handler delays the next frame by its "
    "own length, and each further key press by another.",
)
def handler_infers(port: Port) -> Findings:
    for session in port.sessions:
        stepped = _stepped(port, session)
        for declared in session_inputs(port, session):
            ways = reached(port, session, [declared.name])
            call = next((c for method in ways.values() for c in _infers(method, stepped)), None)
            if call:
                yield handler_infers.at(
                    declared.module, declared.node, name=declared.name, call=call
                )


def _stepped(port: Port, session: Class) -> set[str]:
    """The calls on the model whose result `run` publishes, as written on ``self.model``."""
    samples = [
        (method, sample)
        for method in reached(port, session, ["run"]).values()
        for node in method.all_nodes
        if isinstance(node, cst.Call) and callee(node) == "self.ctx.publish"
        for sample in positional(node)[1:]
    ]
    return {path for method, sample in samples if (path := _path(method, _made(method, sample)))}


def _made(method: Function, sample: cst.BaseExpression) -> cst.CSTNode:
    """A sample, or what the name that it is was assigned."""
    if isinstance(sample, cst.Name):
        bound = method.local(sample.value)
        sample = bound if isinstance(bound, cst.BaseExpression) else sample
    return sample.expression if isinstance(sample, cst.Await) else sample


def _infers(method: Function, stepped: set[str]) -> Iterator[str]:
    if publishes(method):
        yield "self.ctx.publish"
    for node in method.all_nodes:
        path = _path(method, node)
        if path and (path in stepped or path.rpartition(".")[2] in _STEPS):
            yield path


def _path(method: Function, node: cst.CSTNode) -> str | None:
    """``self.model.engine.step`` for a call on the model, also through a local name."""
    path = callee(node)
    if path is None:
        return None
    head, _, rest = path.partition(".")
    bound = method.local(head)
    if isinstance(bound, cst.BaseExpression) and (start := dotted(bound)):
        path = f"{start}.{rest}" if rest else start
    return path if path.startswith("self.model.") else None
