"""LUC305: a task that nothing holds."""

from lucid.check.nodes import code
from lucid.check.port import Port
from lucid.check.rule import Findings, rule

_MAKERS = ("asyncio.create_task", "asyncio.ensure_future")


@rule(
    "LUC305",
    message="nothing holds the task of `{call}(...)`: keep it on self, and cancel it in `close`",
    why="Python may collect such a task in the middle of its work, and one that lives on works for "
    "a player who has left.",
)
def dropped_task(port: Port) -> Findings:
    for call, foreign in port.foreign_calls.items():
        if call.is_statement and foreign.name in _MAKERS:
            yield dropped_task.of(foreign.value, call=code(call.node.func))
