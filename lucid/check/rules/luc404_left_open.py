"""LUC404: a session opens what it never closes."""

import ast
from collections.abc import Iterator

from lucid.check.diagnostics import Diagnostic
from lucid.check.port import Port
from lucid.check.rule import Invalid, Rule

_OPENERS = {"open", "socket.socket", "subprocess.Popen", "tempfile.NamedTemporaryFile",
            "tempfile.TemporaryDirectory", "tempfile.TemporaryFile"}  # fmt: skip


def _check(port: Port) -> Iterator[Diagnostic]:
    for session in port.sessions:
        if not port.lacks(session, "close"):
            continue
        for method in session.methods:
            for node in method.own_nodes:
                match node:
                    case ast.Assign(
                        targets=[ast.Attribute(value=ast.Name(id="self"), attr=name)],
                        value=ast.Call(func=func) as call,
                    ):
                        opener = port.resolve(session.module, func, method)
                        if opener is None and isinstance(func, ast.Name):
                            opener = func.id
                        if opener in _OPENERS:
                            yield RULE.at(session.module, call, name=name)


RULE = Rule(
    code="LUC404",
    name="left-open",
    message="the session opens `self.{name}` and never closes it: write a `close` method that does",
    why="Each player leaves an open file or process behind, until the machine has no more of them.",
    valid=(
        """
        from lucid import LucidSession

        class MySession(LucidSession):
            def __init__(self, model, ctx) -> None:
                super().__init__(model, ctx)
                self.log = open("moves.txt", "a")

            def close(self) -> None:
                self.log.close()

        class Other(LucidSession):
            def save(self) -> None:
                with open("moves.txt") as file:
                    self.moves = file.read()
        """,
    ),
    invalid=(
        Invalid(
            """
            from lucid import LucidSession

            class MySession(LucidSession):
                def __init__(self, model, ctx) -> None:
                    super().__init__(model, ctx)
                    self.log = open("moves.txt", "a")
            """,
            line=6,
            column=20,
        ),
    ),
    check=_check,
)
