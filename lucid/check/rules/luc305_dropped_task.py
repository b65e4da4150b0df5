"""LUC305: a task that nothing holds."""

from collections.abc import Iterator

from lucid.check.diagnostics import Diagnostic
from lucid.check.nodes import code
from lucid.check.port import Port
from lucid.check.rule import Rule

_MAKERS = ("asyncio.create_task", "asyncio.ensure_future")


def _check(port: Port) -> Iterator[Diagnostic]:
    for call, foreign in port.foreign_calls.items():
        if call.is_statement and foreign.name in _MAKERS:
            yield RULE.of(foreign.value, call=code(call.node.func))


RULE = Rule(
    code="LUC305",
    name="dropped-task",
    message="nothing holds the task of `{call}(...)`: keep it on self, and cancel it in `close`",
    why="Python may collect such a task in the middle of its work, and one that lives on works for "
    "a player who has left.",
    check=_check,
)
