"""LUC404: a session opens what it never closes."""

from collections.abc import Iterator

import libcst as cst

from lucid.check.diagnostics import Diagnostic
from lucid.check.nodes import dotted
from lucid.check.port import Port
from lucid.check.rule import Rule

_OPENERS = {"builtins.open", "socket.socket", "subprocess.Popen", "tempfile.NamedTemporaryFile",
            "tempfile.TemporaryDirectory", "tempfile.TemporaryFile"}  # fmt: skip


def _check(port: Port) -> Iterator[Diagnostic]:
    for session in port.sessions:
        if not port.lacks(session, "close"):
            continue
        for method in session.methods:
            for node in method.own_nodes:
                match node:
                    case cst.Assign(targets=[cst.AssignTarget(target)], value=cst.Call() as call):
                        owner, _, name = (dotted(target) or "").rpartition(".")
                        opener = port.named(session.module.at(call.func))
                        if owner == "self" and opener in _OPENERS:
                            yield RULE.at(session.module, call, name=name)


RULE = Rule(
    code="LUC404",
    name="left-open",
    message="the session opens `self.{name}` and never closes it: write a `close` method that does",
    why="Each player leaves an open file or process behind, until the machine has no more of them.",
    check=_check,
)
