"""LUC303: `run`, or a loop in it, never gives way to inputs."""

from collections.abc import Iterator

import libcst as cst

from lucid.check.module import Loop, Method
from lucid.check.port import Port
from lucid.check.rule import Finding, Invalid, Rule

_WHILE = (0, len("while"))


def _check(port: Port) -> Iterator[Finding]:
    for session in port.sessions:
        path = session.module.path
        for method in session.methods:
            if method.name != "run" or method.node.decorators or _may_delegate(method):
                continue
            also = "" if method.node.asynchronous else "`async def run` and "
            loops = list(_stuck(method.loops, run_awaits=method.awaits))
            for loop in loops:
                yield RULE.finding(path, loop.node, span=_WHILE, subject="this loop", also=also)
            if not loops and not method.awaits:
                yield RULE.finding(path, method.node.name, subject="`run`", also=also)


def _stuck(loops: list[Loop], run_awaits: bool) -> Iterator[Loop]:
    """The outermost loops that may turn for ever; one that counts or drains something may not."""
    for loop in loops:
        if not loop.awaits and (not run_awaits or _is_endless(loop)):
            yield loop
        else:
            yield from _stuck(loop.inner, run_awaits)


def _is_endless(loop: Loop) -> bool:
    test = loop.node.test
    is_constant = (isinstance(test, cst.Name) and test.value == "True") or (
        isinstance(test, cst.Integer) and test.evaluated_value != 0
    )
    while_running = "ctx.running" in cst.Module([]).code_for_node(test)
    return (is_constant or while_running) and not loop.exits


def _may_delegate(method: Method) -> bool:
    """Whether it returns or yields something else, or is a stub that a subclass replaces."""
    body = method.node.body.body
    is_stub = all(
        isinstance(part, cst.Expr | cst.Pass | cst.Raise)
        and not (isinstance(part, cst.Expr) and isinstance(part.value, cst.Call))
        for line in body
        for part in (line.body if isinstance(line, cst.SimpleStatementLine) else [line])
    )
    return method.yields or (method.returns_value and not method.node.asynchronous) or is_stub


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
                        self.ctx.publish("main_video", self.frame())
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
                        self.ctx.publish("main_video", frame)

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
