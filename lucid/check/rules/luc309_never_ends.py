"""LUC309: a loop of `run` that does not see the session's end."""

import ast
from collections.abc import Iterator

from lucid.check.diagnostics import Diagnostic
from lucid.check.module import descend, dotted
from lucid.check.port import Port
from lucid.check.rule import Invalid, Rule, fixed


def _check(port: Port) -> Iterator[Diagnostic]:
    for session in port.sessions:
        for method in session.methods:
            for node in method.own_nodes if method.name == "run" and method.is_async else ():
                if isinstance(node, ast.While) and _is_endless(node):
                    edit = method.module.replace(node.test, "self.ctx.running")
                    fix = fixed("Loop while it is running", edit, is_safe=True)
                    yield RULE.at(method.module, node, fix)


def _is_endless(loop: ast.While) -> bool:
    nodes = list(descend(loop.body))
    is_constant = isinstance(loop.test, ast.Constant) and bool(loop.test.value)
    publishes = any(
        isinstance(node, ast.Await)
        and isinstance(node.value, ast.Call)
        and dotted(node.value.func) == "self.ctx.publish"
        for node in nodes
    )
    leaves = any(isinstance(node, ast.Break | ast.Return | ast.Raise) for node in nodes)
    looks = any(isinstance(node, ast.Attribute) and node.attr == "running" for node in nodes)
    return is_constant and publishes and not leaves and not looks


RULE = Rule(
    code="LUC309",
    name="never-ends",
    message="this loop does not see the end of the session: write `while self.ctx.running:`",
    why="When a player leaves, the session must be cancelled in the middle of a step, and the next "
    "player waits for that.",
    valid=(
        """
        from lucid import LucidSession

        class MySession(LucidSession):
            async def run(self) -> None:
                while self.ctx.running:
                    await self.ctx.publish("main_video", self.frame())
                while True:
                    await self.ctx.publish("main_video", self.frame())
                    if self.done:
                        break
        """,
    ),
    invalid=(
        Invalid(
            """
            from lucid import LucidSession

            class MySession(LucidSession):
                async def run(self) -> None:
                    while True:
                        await self.ctx.publish("main_video", self.frame())
            """,
            line=5,
            column=9,
            fix=("True", "self.ctx.running"),
        ),
    ),
    check=_check,
)
