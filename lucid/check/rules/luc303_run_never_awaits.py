"""LUC303: `run`, or a loop in it, never gives way to inputs."""

import ast
from collections.abc import Iterable, Iterator

from lucid.check.diagnostics import Diagnostic
from lucid.check.module import Function, FunctionNode, descend, dotted
from lucid.check.port import Port
from lucid.check.rule import Invalid, Rule
from lucid.check.session import COROUTINES


def _check(port: Port) -> Iterator[Diagnostic]:
    for session in port.sessions:
        for method in session.methods:
            if method.name != "run" or method.node.decorator_list or _may_delegate(method):
                continue
            also = "" if method.is_async else "`async def run` and "
            awaits = any(map(_gives_way, method.own_nodes))
            loops = list(_stuck(method.node.body, run_awaits=awaits))
            for loop in loops:
                yield RULE.at(session.module, loop, subject="this loop", also=also)
            if not loops and not awaits and not _forgets_await(method.own_nodes):
                yield RULE.at(session.module, method.node, subject="`run`", also=also)


def _stuck(body: list[ast.stmt], run_awaits: bool) -> Iterator[ast.While]:
    """The outermost loops that may turn for ever; one that counts or drains something may not."""
    for statement in body:
        if isinstance(statement, FunctionNode | ast.ClassDef):
            continue
        if isinstance(statement, ast.While):
            nodes = [*ast.walk(statement.test), *descend(statement.body)]
            is_stuck = not any(map(_gives_way, nodes))
            if is_stuck and (not run_awaits or _is_endless(statement, nodes)):
                if not _forgets_await(nodes):
                    yield statement
                continue
        for name in ("body", "orelse", "finalbody"):
            yield from _stuck(getattr(statement, name, []), run_awaits)
        for handler in getattr(statement, "handlers", []):
            yield from _stuck(handler.body, run_awaits)


def _gives_way(node: ast.AST) -> bool:
    return isinstance(node, ast.Await | ast.AsyncFor | ast.AsyncWith) or (
        isinstance(node, ast.comprehension) and bool(node.is_async)
    )


def _forgets_await(nodes: Iterable[ast.AST]) -> bool:
    """Whether LUC302 finds why nothing is awaited."""
    return any(
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Call)
        and dotted(node.value.func) in COROUTINES
        for node in nodes
    )


def _is_endless(loop: ast.While, nodes: list[ast.AST]) -> bool:
    is_constant = isinstance(loop.test, ast.Constant) and bool(loop.test.value)
    while_running = "ctx.running" in ast.unparse(loop.test)
    exits = any(isinstance(node, ast.Break | ast.Return | ast.Raise) for node in nodes)
    return (is_constant or while_running) and not exits


def _may_delegate(method: Function) -> bool:
    """Whether it returns or yields something else, or is a stub that a subclass replaces."""
    is_stub = all(
        isinstance(statement, ast.Expr | ast.Pass | ast.Raise)
        and not (isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call))
        for statement in method.node.body
    )
    returns = any(isinstance(node, ast.Return) and node.value for node in method.own_nodes)
    yields = any(isinstance(node, ast.Yield | ast.YieldFrom) for node in method.own_nodes)
    return yields or (returns and not method.is_async) or is_stub


RULE = Rule(
    code="LUC303",
    name="run-never-awaits",
    message="{subject} never awaits: write {also}`await self.ctx.publish(...)` in it",
    why="Inputs are applied where `run` awaits: until it does, keys do nothing, no frame leaves, "
    "and the session cannot end.",
    valid=(
        """
        from lucid import LucidSession

        class MySession(LucidSession):
            async def run(self) -> None:
                while self.queue:
                    self.queue.pop()
                while True:
                    if self.warm():
                        break
                while self.ctx.running:
                    while True:
                        await self.ctx.publish("main_video", self.frame())

        class Abstract(LucidSession):
            async def run(self) -> None:
                "Subclasses step."
                raise NotImplementedError

        class Delegating(LucidSession):
            def run(self):
                while self.cold():
                    self.warm_up()
                return self.steps()

        class Generating(LucidSession):
            async def run(self):
                while True:
                    yield self.step()

        class NoSession:
            def run(self):
                while True:
                    self.step()
        """,
        """
        from lucid import LucidSession

        class MySession(LucidSession):
            async def run(self) -> None:
                while self.ctx.running:
                    async for frame in self.frames():
                        self.last = frame
                while True:
                    async with self.lock:
                        self.step()
                while True:
                    self.seen = [frame async for frame in self.frames()]
        """,
    ),
    invalid=(
        Invalid(
            """
            from lucid import LucidSession

            class MySession(LucidSession):
                async def run(self) -> None:
                    await self.ctx.wait_if_paused()
                    while self.ctx.running:
                        self.emit(self.frame())
            """,
            line=6,
            column=9,
        ),
        Invalid(
            """
            from lucid import LucidSession

            class MySession(LucidSession):
                def run(self) -> None:
                    while not self.done:
                        self.step()
            """,
            line=5,
            column=9,
        ),
        Invalid(
            """
            from lucid import LucidSession

            class MySession(LucidSession):
                async def run(self) -> None:
                    for frame in self.model.rollout():
                        self.emit(frame)

                    async def later() -> None:
                        await self.ctx.wait_if_paused()
            """,
            line=4,
            column=15,
        ),
        Invalid(
            """
            from lucid import LucidSession

            class MySession(LucidSession):
                async def run(self) -> None:
                    while self.ctx.running:
                        await self.ctx.publish("main_video", self.frame())
                        while 1:
                            self.wait_for_key()
            """,
            line=7,
            column=13,
        ),
    ),
    check=_check,
)
