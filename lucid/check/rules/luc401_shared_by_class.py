"""LUC401: a session's state stands in its class body."""

import ast
from collections.abc import Iterator

from lucid.check.diagnostics import Diagnostic
from lucid.check.module import Class
from lucid.check.port import Port
from lucid.check.rule import Invalid, Rule
from lucid.check.session import use_of

_MAKERS = {"bytearray", "collections.Counter", "collections.defaultdict", "collections.deque",
           "dict", "list", "set"}  # fmt: skip


def _check(port: Port) -> Iterator[Diagnostic]:
    for session in port.sessions:
        uses = [use_of(method) for base in port.lineage(session).classes for method in base.methods]
        changed = {name for use in uses for name in use.writes}
        own = {name for use in uses for name in use.sets}
        for name in session.names.bound:
            value = session.names.get(name)
            if name not in changed - own or not isinstance(value, ast.expr):
                continue
            if _is_mutable(port, session, value):
                yield RULE.at(session.module, value, name=name, code=ast.unparse(value))


def _is_mutable(port: Port, session: Class, value: ast.expr) -> bool:
    if isinstance(value, ast.Call):
        name = port.resolve(session.module, value.func)
        if name is None and isinstance(value.func, ast.Name):
            name = value.func.id
        return name in _MAKERS
    return isinstance(value, ast.List | ast.Dict | ast.Set | ast.ListComp | ast.DictComp)


RULE = Rule(
    code="LUC401",
    name="shared-by-class",
    message="all sessions share the one `{name}` of the class: write `self.{name} = {code}` in "
    "`__init__`",
    why="What one player holds, the next one holds too: the world walks on by itself.",
    valid=(
        """
        from lucid import LucidSession

        class MySession(LucidSession):
            keys = ["KeyW"]
            held = set()
            forward = False

            def __init__(self, model, ctx) -> None:
                super().__init__(model, ctx)
                self.held = set()

            def hold(self, name) -> None:
                self.held.add(name)
                self.forward = True
        """,
    ),
    invalid=(
        Invalid(
            """
            from lucid import LucidSession

            class MySession(LucidSession):
                held: set[str] = set()

                def hold(self, name: str, pressed: bool) -> None:
                    (self.held.add if pressed else self.held.discard)(name)
            """,
            line=4,
            column=22,
        ),
    ),
    check=_check,
)
