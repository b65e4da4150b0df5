"""LUC304: an except that keeps a session from ending."""

import libcst as cst

from lucid.check.diagnostics import Edit
from lucid.check.module import Function
from lucid.check.nodes import any_of, descend
from lucid.check.port import Port
from lucid.check.rule import Findings, fixed, rule

_CANCEL = {"asyncio.CancelledError", "builtins.BaseException"}


@rule(
    "LUC304",
    message="this except catches {caught} and goes on: write `except Exception`, or `raise` in it",
    why="A session that is to end is cancelled; one that catches this keeps the model busy, and "
    "the next player waits.",
)
def swallows_cancel(port: Port) -> Findings:
    for session in port.sessions:
        for method in session.methods:
            for node in method.own_nodes if method.is_async else ():
                if isinstance(node, cst.Try) and any_of(descend(node.body), cst.Await):
                    yield from _look(port, method, node)


def _look(port: Port, method: Function, block: cst.Try) -> Findings:
    module = method.module
    for handler in block.handlers:
        caught = handler.type
        name = port.named(module.at(caught)) if caught else "builtins.BaseException"
        if name not in _CANCEL:
            continue
        if not any_of(descend(handler.body), cst.Raise, cst.Return, cst.Break):
            fix = None
            if caught is None:
                edit = Edit(module.range(handler), "except Exception")
                fix = fixed("Catch Exception", edit, is_safe=False)
            shown = str(name).rpartition(".")[2]
            yield swallows_cancel.at(module, module.range(handler), fix, caught=shown)
        return
