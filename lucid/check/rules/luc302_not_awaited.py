"""LUC302: a coroutine of the context is called and not awaited."""

import ast
from collections.abc import Iterator

from lucid.check.diagnostics import Diagnostic
from lucid.check.port import Port
from lucid.check.rule import Invalid, Rule, fixed
from lucid.check.session import COROUTINES


def _check(port: Port) -> Iterator[Diagnostic]:
    for module in port.modules.values():
        for call in module.calls:
            if not (
                call.is_statement and call.callee in COROUTINES and call.inside in port.sessions
            ):
                continue
            in_async = call.function is not None and call.function.is_async
            add = module.insert_before(call.node, "await ") if in_async else None
            fix = fixed("Await it", add, is_safe=True) if in_async else None
            also = "" if in_async else " in an `async def`"
            yield RULE.at(module, call.node, fix, call=ast.unparse(call.node.func), also=also)


RULE = Rule(
    code="LUC302",
    name="not-awaited",
    message="`{call}(...)` does nothing until it is awaited: write `await {call}(...)`{also}",
    why="A frame that is not awaited is never shown, and inputs are applied only there.",
    valid=(
        """
        from lucid import LucidSession

        class MySession(LucidSession):
            async def run(self) -> None:
                await self.ctx.publish("main_video", self.frame())
                waiting = self.ctx.publish("score", 1)
                await waiting
        """,
    ),
    invalid=(
        Invalid(
            """
            from lucid import LucidSession

            class MySession(LucidSession):
                async def run(self) -> None:
                    while self.ctx.running:
                        self.ctx.publish("main_video", self.frame())
            """,
            line=6,
            column=13,
            fix=("self.ctx.publish", "await self.ctx.publish"),
        ),
        Invalid(
            """
            from lucid import LucidSession

            class MySession(LucidSession):
                def show(self) -> None:
                    self.ctx.publish("main_video", self.frame())
            """,
            line=5,
            column=9,
        ),
    ),
    check=_check,
)
