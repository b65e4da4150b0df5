"""LUC302: a coroutine of the context is called and not awaited."""

from lucid.check.nodes import awaited
from lucid.check.port import Port
from lucid.check.rule import Findings, fixed, rule
from lucid.check.session import COROUTINES


@rule(
    "LUC302",
    message="`{call}(...)` does nothing until it is awaited: write `await {call}(...)`{also}",
    why="A frame that is not awaited is never shown, and inputs are applied only there.",
)
def not_awaited(port: Port) -> Findings:
    for call in (call for module in port.modules.values() for call in module.calls):
        if not (call.is_statement and call.callee in COROUTINES and call.inside in port.sessions):
            continue
        fix = None
        if call.in_async:
            edit = call.module.replace(call.node, awaited(call.node))
            fix = fixed("Await it", edit, is_safe=True)
        also = "" if fix else " in an `async def`"
        yield not_awaited.at(call.module, call.node, fix, call=call.callee, also=also)
