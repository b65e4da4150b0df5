"""LUC301: a session sleeps by itself."""

from collections.abc import Iterator

from lucid.check.diagnostics import Diagnostic
from lucid.check.nodes import awaited, code, expression
from lucid.check.port import Port
from lucid.check.rule import Rule, fixed


def _check(port: Port) -> Iterator[Diagnostic]:
    for call, foreign in port.foreign_calls.items():
        if foreign.name != "time.sleep" or call.inside not in port.sessions:
            continue
        fix = None
        if call.in_async and call.module.top("asyncio") == ["asyncio"]:
            slept = call.node.with_changes(func=expression("asyncio.sleep"))
            edit = call.module.replace(call.node, awaited(slept))
            fix = fixed("Let others run meanwhile", edit, is_safe=False)
        yield RULE.at(call.module, call.node, fix, call=code(call.node))


RULE = Rule(
    code="LUC301",
    name="sleeps",
    message="`{call}` stops the model's thread: remove it, as `await self.ctx.publish(...)` paces "
    "the loop",
    why="While the thread sleeps no input is applied and no other player's frame is made: the "
    "controls lag by that long.",
    check=_check,
)
