"""LUC301: a session sleeps by itself."""

from lucid.check.nodes import awaited, code, expression
from lucid.check.port import Port
from lucid.check.rule import Findings, fixed, rule


@rule(
    "LUC301",
    message="`{call}` stops the model's thread: remove it, as `await self.ctx.publish(...)` paces "
    "the loop",
    why="While the thread sleeps no input is applied and no other player's frame is made: the "
    "controls lag by that long.",
)
def sleeps(port: Port) -> Findings:
    for call, foreign in port.foreign_calls.items():
        if foreign.name != "time.sleep" or call.inside not in port.sessions:
            continue
        fix = None
        if call.in_async and call.module.top("asyncio") == ["asyncio"]:
            slept = call.node.with_changes(func=expression("asyncio.sleep"))
            edit = call.module.replace(call.node, awaited(slept))
            fix = fixed("Let others run meanwhile", edit, is_safe=False)
        yield sleeps.at(call.module, call.node, fix, call=code(call.node))
