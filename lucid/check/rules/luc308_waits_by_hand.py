"""LUC308: a loop that waits for the end of a pause by itself."""

import ast
from collections.abc import Iterator

from lucid.check.diagnostics import Diagnostic, Edit
from lucid.check.module import Function, dotted
from lucid.check.port import Port
from lucid.check.rule import Invalid, Rule, fixed


def _check(port: Port) -> Iterator[Diagnostic]:
    for session in port.sessions:
        for method in session.methods:
            for node in method.own_nodes if method.is_async else ():
                if isinstance(node, ast.While) and _waits(port, method, node):
                    module = method.module
                    line = module.source.line(node.lineno)
                    start = module.source.offset(node.lineno, 1) + len(line) - len(line.lstrip())
                    last = node.body[-1]
                    end = module.source.span(module.range(last))[1]
                    has_comment = "#" in module.source.text[start:end]
                    edit = Edit(
                        module.source.between(start, end), "await self.ctx.wait_if_paused()"
                    )
                    fix = fixed("Let the context wait", edit, is_safe=True)
                    yield RULE.at(module, node, None if has_comment else fix)


def _waits(port: Port, method: Function, loop: ast.While) -> bool:
    """Whether it is ``while self.ctx.is_paused(): await asyncio.sleep(...)``."""
    match loop:
        case ast.While(
            test=ast.Call(func=test), body=[ast.Expr(value=ast.Await(value=ast.Call(func=slept)))]
        ) if not loop.orelse:
            is_sleep = port.resolve(method.module, slept, method) == "asyncio.sleep"
            return is_sleep and dotted(test) == "self.ctx.is_paused"
    return False


RULE = Rule(
    code="LUC308",
    name="waits-by-hand",
    message="inputs are not applied while this loop waits: write "
    "`await self.ctx.wait_if_paused()` instead",
    why="What a player sets during the pause shows only after it, and the world resumes late.",
    valid=(
        """
        import asyncio
        from lucid import LucidSession

        class MySession(LucidSession):
            async def run(self) -> None:
                await self.ctx.wait_if_paused()
                while self.ctx.is_paused():
                    self.idle()
                    await asyncio.sleep(0.1)
        """,
    ),
    invalid=(
        Invalid(
            """
            import asyncio
            from lucid import LucidSession

            class MySession(LucidSession):
                async def run(self) -> None:
                    while self.ctx.is_paused():
                        await asyncio.sleep(0.1)
                    self.step()
            """,
            line=6,
            column=9,
            fix=(
                "while self.ctx.is_paused():\n            await asyncio.sleep(0.1)",
                "await self.ctx.wait_if_paused()",
            ),
        ),
    ),
    check=_check,
)
