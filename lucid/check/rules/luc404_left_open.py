"""LUC404: a session opens what it never closes."""

import libcst as cst

from lucid.check.nodes import dotted
from lucid.check.port import Port
from lucid.check.rule import Findings, rule

_OPENERS = {"builtins.open", "socket.socket", "subprocess.Popen", "tempfile.NamedTemporaryFile",
            "tempfile.TemporaryDirectory", "tempfile.TemporaryFile"}  # fmt: skip


@rule(
    "LUC404",
    message="the session opens `self.{name}` and never closes it: write a `close` method that does",
    why="Each player leaves an open file or process behind, until the machine has no more of them.",
)
def left_open(port: Port) -> Findings:
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
                            yield left_open.at(session.module, call, name=name)
