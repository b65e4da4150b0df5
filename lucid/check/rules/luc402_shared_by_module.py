"""LUC402: a session keeps state in its module."""

import ast
from collections.abc import Iterator

from lucid.check.diagnostics import Diagnostic
from lucid.check.module import Function
from lucid.check.port import Port
from lucid.check.rule import Invalid, Rule
from lucid.check.session import MUTATORS

_COLLECTIONS = (ast.List, ast.Dict, ast.Set)


def _check(port: Port) -> Iterator[Diagnostic]:
    for session in port.sessions:
        for method in session.methods:
            for node in method.all_nodes:
                if isinstance(node, ast.Global):
                    yield RULE.at(session.module, node, name=node.names[0])
                elif (name := _changed(node)) and _is_collection(method, name):
                    yield RULE.at(session.module, node, name=name)


def _changed(node: ast.AST) -> str | None:
    """The plain name whose collection a node changes."""
    match node:
        case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr=method)):
            return name if method in MUTATORS else None
        case ast.Subscript(value=ast.Name(id=name), ctx=ast.Store() | ast.Del()):
            return name
    return None


def _is_collection(method: Function, name: str) -> bool:
    bound = method.module.names.get(name)
    is_empty_call = (
        isinstance(bound, ast.Call)
        and isinstance(bound.func, ast.Name)
        and bound.func.id in ("dict", "list", "set")
    )
    return name not in method.names.bound and (is_empty_call or isinstance(bound, _COLLECTIONS))


RULE = Rule(
    code="LUC402",
    name="shared-by-module",
    message="all sessions share the module's `{name}`: keep it on `self`, set in `__init__`",
    why="What one player does, the next one finds: the world does not start anew.",
    valid=(
        """
        from lucid import LucidSession

        KEYS = ["KeyW"]
        HELD = set()

        class MySession(LucidSession):
            def hold(self, name) -> None:
                HELD = set()
                HELD.add(name)
                self.keys = KEYS.copy()

        def count(name) -> None:
            HELD.add(name)
        """,
    ),
    invalid=(
        Invalid(
            """
            from lucid import LucidSession

            HELD = set()

            class MySession(LucidSession):
                def hold(self, name: str) -> None:
                    HELD.add(name)
            """,
            line=7,
            column=9,
        ),
        Invalid(
            """
            from lucid import LucidSession

            prompt = ""

            class MySession(LucidSession):
                def set_text(self, text: str) -> None:
                    global prompt
                    prompt = text
            """,
            line=7,
            column=9,
        ),
    ),
    check=_check,
)
