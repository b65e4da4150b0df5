"""LUC403: a session keeps a player's state on the model."""

import ast
from collections.abc import Iterator

from lucid.check.diagnostics import Diagnostic
from lucid.check.port import Port
from lucid.check.rule import Invalid, Rule
from lucid.check.session import MUTATORS


def _check(port: Port) -> Iterator[Diagnostic]:
    for session in port.sessions:
        for method in session.methods:
            for node in method.all_nodes:
                if name := _on_model(node):
                    yield RULE.at(session.module, node, name=name)


def _on_model(node: ast.AST) -> str | None:
    """The attribute of ``self.model`` that a node sets or changes; not what lies deeper, which is
    the engine's."""
    match node:
        case ast.Attribute(value=owner, attr=name, ctx=ast.Store()) if _is_model(owner):
            return name
        case ast.Call(
            func=ast.Attribute(value=ast.Attribute(value=owner, attr=name), attr=method)
        ) if method in MUTATORS - {"update"} and _is_model(owner):
            return name
        case ast.Subscript(
            value=ast.Attribute(value=owner, attr=name), ctx=ast.Store() | ast.Del()
        ) if _is_model(owner):
            return name
    return None


def _is_model(node: ast.expr) -> bool:
    match node:
        case ast.Attribute(value=ast.Name(id="self"), attr="model"):
            return True
    return False


RULE = Rule(
    code="LUC403",
    name="state-on-model",
    message="the model outlives this player: keep `{name}` on the session, as `self.{name}`",
    why="The model is shared: the next player starts with what the last one left, and two players "
    "steer each other's world.",
    valid=(
        """
        from lucid import LucidSession

        class MySession(LucidSession):
            def set_text(self, text: str) -> None:
                self.prompt = text
                self.model.engine.look = text
                self.model.engine.reset()
        """,
    ),
    invalid=(
        Invalid(
            """
            from lucid import LucidSession

            class MySession(LucidSession):
                def set_text(self, text: str) -> None:
                    self.model.prompt = text
            """,
            line=5,
            column=9,
        ),
        Invalid(
            """
            from lucid import LucidSession

            class MySession(LucidSession):
                def hold(self, name: str) -> None:
                    self.model.held.add(name)
            """,
            line=5,
            column=9,
        ),
    ),
    check=_check,
)
