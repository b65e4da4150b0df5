"""LUC301: a session sleeps by itself."""

import ast
from collections.abc import Iterator

from lucid.check.diagnostics import Diagnostic
from lucid.check.port import Port
from lucid.check.rule import Invalid, Rule, fixed


def _check(port: Port) -> Iterator[Diagnostic]:
    for call, foreign in port.foreign_calls():
        if foreign.name != "time.sleep" or call.inside not in port.sessions:
            continue
        module = foreign.module
        in_async = call.function is not None and call.function.is_async
        can_await = in_async and module.names.get("asyncio") == "asyncio"
        function = module.replace(call.node.func, "await asyncio.sleep") if can_await else None
        fix = fixed("Let others run meanwhile", function, is_safe=False) if can_await else None
        yield RULE.at(module, call.node, fix, call=ast.unparse(call.node))


RULE = Rule(
    code="LUC301",
    name="sleeps",
    message="`{call}` stops the model's thread: remove it, as `await self.ctx.publish(...)` paces "
    "the loop",
    why="While the thread sleeps no input is applied and no other player's frame is made: the "
    "controls lag by that long.",
    valid=(
        """
        import asyncio
        import time
        from lucid import LucidModel, LucidSession

        class MySession(LucidSession):
            async def run(self) -> None:
                await asyncio.sleep(0.1)

        class MyModel(LucidModel):
            def load(self, ctx) -> None:
                time.sleep(1)
        """,
    ),
    invalid=(
        Invalid(
            """
            import asyncio
            from time import sleep as nap
            from lucid import LucidSession

            class MySession(LucidSession):
                async def run(self) -> None:
                    while self.ctx.running:
                        nap(1 / 30)
            """,
            line=8,
            column=13,
            fix=("nap(1", "await asyncio.sleep(1"),
        ),
        Invalid(
            """
            import time
            from lucid import LucidSession

            class MySession(LucidSession):
                def on_key(self) -> None:
                    time.sleep(0.5)
            """,
            line=6,
            column=9,
        ),
    ),
    check=_check,
)
