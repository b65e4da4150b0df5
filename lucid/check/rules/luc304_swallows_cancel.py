"""LUC304: an except that keeps a session from ending."""

import ast
from collections.abc import Iterator

from lucid.check.diagnostics import Diagnostic, Edit
from lucid.check.module import Function, descend
from lucid.check.port import Port
from lucid.check.rule import Invalid, Rule, fixed

_CANCEL = {"asyncio.CancelledError", "BaseException"}


def _check(port: Port) -> Iterator[Diagnostic]:
    for session in port.sessions:
        for method in session.methods:
            for node in method.own_nodes if method.is_async else ():
                if isinstance(node, ast.Try):
                    yield from _look(port, method, node)


def _look(port: Port, method: Function, block: ast.Try) -> Iterator[Diagnostic]:
    if not any(isinstance(node, ast.Await) for node in descend(block.body)):
        return
    for handler in block.handlers:
        caught = handler.type
        name = port.resolve(method.module, caught, method) if caught else "BaseException"
        name = caught.id if isinstance(caught, ast.Name) and name is None else name
        leaves = any(
            isinstance(node, ast.Raise | ast.Return | ast.Break) for node in descend(handler.body)
        )
        if name in _CANCEL and not leaves:
            module = method.module
            line, column = handler.lineno, module.source.column(handler.lineno, handler.col_offset)
            start = module.source.offset(line, column)
            bare = module.source.between(start, start + len("except"))
            fix = None
            if caught is None:
                fix = fixed("Catch Exception", Edit(bare, "except Exception"), is_safe=False)
            yield RULE.at(module, bare, fix, caught=str(name).rpartition(".")[2])
        if name in _CANCEL:
            return


RULE = Rule(
    code="LUC304",
    name="swallows-cancel",
    message="this except catches {caught} and goes on: write `except Exception`, or `raise` in it",
    why="A session that is to end is cancelled; one that catches this keeps the model busy, and "
    "the next player waits.",
    valid=(
        """
        import asyncio
        from lucid import LucidSession

        class MySession(LucidSession):
            async def run(self) -> None:
                while self.ctx.running:
                    try:
                        await self.ctx.publish("main_video", self.frame())
                    except ValueError:
                        pass
                    except asyncio.CancelledError:
                        self.log()
                        raise
                    try:
                        self.step()
                    except:
                        self.reset()
        """,
    ),
    invalid=(
        Invalid(
            """
            from lucid import LucidSession

            class MySession(LucidSession):
                async def run(self) -> None:
                    while True:
                        try:
                            await self.ctx.publish("main_video", self.frame())
                        except:
                            self.reset()
            """,
            line=8,
            column=13,
            fix=("except:", "except Exception:"),
        ),
        Invalid(
            """
            from asyncio import CancelledError
            from lucid import LucidSession

            class MySession(LucidSession):
                async def run(self) -> None:
                    try:
                        await self.ctx.publish("main_video", self.frame())
                    except CancelledError:
                        pass
            """,
            line=8,
            column=9,
        ),
    ),
    check=_check,
)
