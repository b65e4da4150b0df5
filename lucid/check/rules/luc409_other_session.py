"""LUC409: a model plays another session than it declares."""

import ast
from collections.abc import Iterator

from lucid.check.diagnostics import Diagnostic
from lucid.check.module import Class
from lucid.check.port import Port
from lucid.check.rule import Invalid, Rule


def _check(port: Port) -> Iterator[Diagnostic]:
    for model in port.served_models:
        session, create = port.session_of(model), port.method(model, "create_session")
        if session is None or create is None:
            continue
        for node in create.own_nodes:
            if not (isinstance(node, ast.Return) and isinstance(node.value, ast.Call)):
                continue
            made = port.resolve(create.module, node.value.func, create)
            if not isinstance(made, Class) or made not in port.sessions:
                continue
            if session not in port.lineage(made).classes:
                yield RULE.at(create.module, node.value, made=made.name, session=session.name)


RULE = Rule(
    code="LUC409",
    name="other-session",
    message="`create_session` makes a {made} and session_cls is {session}: make a {session}, or "
    "declare the other",
    why="The page shows the inputs of session_cls; what plays has other ones, so controls do "
    "nothing or raise errors.",
    valid=(
        """
        from lucid import LucidModel, LucidSession

        class MySession(LucidSession): ...
        class Faster(MySession): ...

        class MyModel(LucidModel):
            session_cls = MySession

            def create_session(self, ctx):
                return Faster(self, ctx) if self.fast else MySession(self, ctx)
        """,
    ),
    invalid=(
        Invalid(
            """
            from lucid import LucidModel, LucidSession

            class MySession(LucidSession): ...
            class Other(LucidSession): ...

            class MyModel(LucidModel):
                session_cls = MySession

                def create_session(self, ctx):
                    return Other(self, ctx)
            """,
            line=10,
            column=16,
        ),
    ),
    check=_check,
)
