"""LUC306: a port starts a thread."""

import ast
from collections.abc import Iterator

from lucid.check.diagnostics import Diagnostic
from lucid.check.module import Call
from lucid.check.port import Port
from lucid.check.rule import Invalid, Rule

_STARTERS = {
    "asyncio.to_thread",
    "concurrent.futures.ProcessPoolExecutor",
    "concurrent.futures.ThreadPoolExecutor",
    "multiprocessing.Process",
    "threading.Thread",
    "threading.Timer",
}


def _check(port: Port) -> Iterator[Diagnostic]:
    for call, foreign in port.foreign_calls():
        if foreign.name in _STARTERS and _is_ours(port, call):
            yield RULE.at(foreign.module, call.node, call=ast.unparse(call.node.func))
    for module in port.played:
        for call in module.calls:
            if call.callee.endswith(".run_in_executor") and _is_ours(port, call):
                yield RULE.at(module, call.node, call=call.callee)


def _is_ours(port: Port, call: Call) -> bool:
    return call.inside in port.sessions or call.inside in port.models


RULE = Rule(
    code="LUC306",
    name="own-thread",
    message="`{call}` starts a thread: call the model where you are, as Lucid already runs all of "
    "a port on one thread of its own",
    why="Compiled graphs belong to the thread that made them, and two steps at once mix the "
    "worlds of two players.",
    valid=(
        """
        import threading
        from lucid import LucidSession

        LOCK = threading.Lock()

        class MySession(LucidSession):
            async def run(self) -> None:
                frame = self.model.step()

        def prepare():
            threading.Thread(target=work).start()
        """,
    ),
    invalid=(
        Invalid(
            """
            import asyncio
            from lucid import LucidSession

            class MySession(LucidSession):
                async def run(self) -> None:
                    frame = await asyncio.to_thread(self.model.step)
            """,
            line=6,
            column=23,
        ),
        Invalid(
            """
            import asyncio
            from lucid import LucidSession

            class MySession(LucidSession):
                async def run(self) -> None:
                    loop = asyncio.get_running_loop()
                    frame = await loop.run_in_executor(None, self.model.step)
            """,
            line=7,
            column=23,
        ),
    ),
    check=_check,
)
