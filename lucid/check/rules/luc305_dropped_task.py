"""LUC305: a task that nothing holds."""

import ast
from collections.abc import Iterator

from lucid.check.diagnostics import Diagnostic
from lucid.check.port import Port
from lucid.check.rule import Invalid, Rule

_MAKERS = ("asyncio.create_task", "asyncio.ensure_future")


def _check(port: Port) -> Iterator[Diagnostic]:
    for call, foreign in port.foreign_calls():
        if call.is_statement and foreign.name in _MAKERS:
            yield RULE.at(foreign.module, call.node, call=ast.unparse(call.node.func))


RULE = Rule(
    code="LUC305",
    name="dropped-task",
    message="nothing holds the task of `{call}(...)`: keep it on self, and cancel it in `close`",
    why="Python may collect such a task in the middle of its work, and one that lives on works for "
    "a player who has left.",
    valid=(
        """
        import asyncio

        async def run(self):
            self.task = asyncio.create_task(self.watch())
            await asyncio.create_task(self.watch())
        """,
    ),
    invalid=(
        Invalid(
            "import asyncio\nasync def run(self):\n    asyncio.create_task(self.watch())",
            line=3,
            column=5,
        ),
    ),
    check=_check,
)
