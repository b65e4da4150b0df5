"""LUC408: a rollout runs past the end of the model's context."""

import ast
from collections.abc import Iterator

from lucid.check.diagnostics import Diagnostic
from lucid.check.module import Class, Function
from lucid.check.port import Port
from lucid.check.rule import Invalid, Rule, Valid

_STEP = "gen_frame"
_WAYPOINT = {"family": "waypoint", "answers": {"context_steps": 512}}


def _check(port: Port) -> Iterator[Diagnostic]:
    steps = port.lock.answer("context_steps") if port.lock else None
    if not isinstance(steps, int) or port.lock is None or port.lock.family != "waypoint":
        return
    for module in port.played:
        for call in module.calls:
            method, cls = call.function, call.inside
            if not (call.callee.endswith(f".{_STEP}") and method and cls and method.owner is cls):
                continue
            if not _restarts(port, cls, method):
                yield RULE.at(module, call.node, steps=str(steps), before=str(steps - 2))


def _restarts(port: Port, cls: Class, method: Function) -> bool:
    """Whether a condition on the way to the step, here or in what calls it, leads to a reset."""
    callers = [other for other in cls.methods if other is method or _names(other, method.name)]
    return any(
        isinstance(node, ast.If | ast.IfExp) and _leads_to_reset(port, cls, node)
        for caller in callers
        for node in caller.all_nodes
    ) or any(_checks_outside(port, cls, caller.name) for caller in callers)


def _leads_to_reset(port: Port, cls: Class, branch: ast.AST, hops: int = 3) -> bool:
    for node in ast.walk(branch):
        name = node.attr if isinstance(node, ast.Attribute) else ""
        if "reset" in name or "restart" in name or "append_frame" in name:
            return True
        called = port.method(cls, name) if name and hops else None
        if called and _leads_to_reset(port, cls, called.node, hops - 1):
            return True
    return False


def _names(method: Function, name: str) -> bool:
    return any(isinstance(node, ast.Attribute) and node.attr == name for node in method.all_nodes)


def _checks_outside(port: Port, cls: Class, name: str) -> bool:
    """Whether another class that calls the step counts steps and resets there."""
    for module in port.played:
        for function in module.functions:
            if function.owner is not cls and _names(function, name):
                for node in function.all_nodes:
                    if isinstance(node, ast.If) and any(
                        isinstance(inner, ast.Compare) for inner in ast.walk(node.test)
                    ):
                        return True
    return False


_RESETS = """
class Engine:
    def step(self, action):
        if self._steps >= CONTEXT_STEPS - 2:
            self._restart(self._last_frame.clone())
        return self._world.gen_frame(ctrl=action)

    def _restart(self, frame):
        self._world.reset()
"""

RULE = Rule(
    code="LUC408",
    name="context-end",
    message="the model's context ends after {steps} steps and nothing starts it anew: after "
    "{before} steps keep the last frame, reset, append that frame and go on",
    why="Past its context the picture falls apart, some seconds into the play.",
    valid=(
        Valid(_RESETS, _WAYPOINT),
        Valid(
            "class Engine:\n    def step(self, action):\n        return self._world.gen_frame()",
            {"family": "waypoint", "answers": {"context_steps": None}},
        ),
        "class Engine:\n    def step(self, action):\n        return self._world.gen_frame()",
    ),
    invalid=(
        Invalid(
            """
            class Engine:
                def step(self, action):
                    if self.stub:
                        return self.still
                    return self._world.gen_frame(ctrl=action)

                def reset(self):
                    self._world.reset()
            """,
            line=5,
            column=16,
            lock=_WAYPOINT,
        ),
    ),
    check=_check,
)
