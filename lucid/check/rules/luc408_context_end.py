"""LUC408: a rollout runs past the end of the model's context."""

import libcst as cst

from lucid.check.module import Class, Function
from lucid.check.nodes import any_of, below
from lucid.check.port import Port
from lucid.check.rule import Findings, rule

_STEP = "gen_frame"


@rule(
    "LUC408",
    message="the model's context ends after {steps} steps and nothing starts it anew: after "
    "{before} steps keep the last frame, reset, append that frame and go on",
    why="Past its context the picture falls apart, some seconds into the play.",
)
def context_end(port: Port) -> Findings:
    steps = port.lock.answer("context_steps") if port.lock else None
    if not isinstance(steps, int) or port.lock is None or port.lock.family != "waypoint":
        return
    for call in port.played_calls:
        method, cls = call.function, call.inside
        if not (call.callee.endswith(f".{_STEP}") and method and cls and method.owner is cls):
            continue
        if not _restarts(port, cls, method):
            yield context_end.at(call.module, call.node, steps=str(steps), before=str(steps - 2))


def _restarts(port: Port, cls: Class, method: Function) -> bool:
    """Whether a condition on the way to the step, here or in what calls it, leads to a reset."""
    callers = [other for other in cls.methods if other is method or _names(other, method.name)]
    return any(
        isinstance(node, cst.If | cst.IfExp) and _leads_to_reset(port, cls, node)
        for caller in callers
        for node in caller.all_nodes
    ) or any(_checks_outside(port, cls, caller.name) for caller in callers)


def _leads_to_reset(port: Port, cls: Class, branch: cst.CSTNode, hops: int = 3) -> bool:
    for node in below(branch):
        name = node.attr.value if isinstance(node, cst.Attribute) else ""
        if "reset" in name or "restart" in name or "append_frame" in name:
            return True
        called = port.method(cls, name) if name and hops else None
        if called and _leads_to_reset(port, cls, called.node, hops - 1):
            return True
    return False


def _names(method: Function, name: str) -> bool:
    return any(isinstance(node, cst.Attribute) and node.attr.value == name
               for node in method.all_nodes)  # fmt: skip


def _checks_outside(port: Port, cls: Class, name: str) -> bool:
    """Whether another class that calls the step counts steps and resets there."""
    return any(
        isinstance(node, cst.If) and any_of(below(node.test), cst.Comparison)
        for module in port.played
        for function in module.functions
        if function.owner is not cls and _names(function, name)
        for node in function.all_nodes
    )
