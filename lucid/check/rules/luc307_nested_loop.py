"""LUC307: a port starts an event loop where one runs."""

from lucid.check.nodes import awaited
from lucid.check.port import Port
from lucid.check.rule import Findings, fixed, rule


@rule(
    "LUC307",
    message="an event loop runs here already, so `asyncio.run` raises: await the coroutine, in an "
    "`async def`",
    why="The session, or the port itself, ends with an error as soon as this line runs.",
)
def nested_loop(port: Port) -> Findings:
    for call, foreign in port.foreign_calls.items():
        if foreign.name != "asyncio.run" or not port.is_ours(call):
            continue
        fix, given = None, call.node.args
        if call.in_async and len(given) == 1 and not given[0].keyword and not given[0].star:
            waits = awaited(given[0].value, in_parentheses=True)
            edit = call.module.replace(call.node, waits)
            fix = fixed("Await it", edit, is_safe=True)
        yield nested_loop.at(call.module, call.node, fix)
