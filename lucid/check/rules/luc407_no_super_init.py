"""LUC407: an `__init__` that does not call the one of its base."""

import ast
from collections.abc import Iterator

from lucid.check.diagnostics import Diagnostic, Edit, Fix
from lucid.check.module import Function
from lucid.check.port import Port
from lucid.check.rule import Invalid, Rule


def _check(port: Port) -> Iterator[Diagnostic]:
    for cls in (*port.sessions, *port.models):
        wanted = ("model", "ctx") if cls in port.sessions else ("config",)
        for method in cls.methods:
            if method.name == "__init__" and not _calls_base(method):
                arguments = ", ".join(wanted)
                yield RULE.at(cls.module, method.node, _fix(method, wanted), arguments=arguments)


def _calls_base(method: Function) -> bool:
    return any(isinstance(node, ast.Attribute) and node.attr == "__init__"
               for node in method.all_nodes)  # fmt: skip


def _fix(method: Function, wanted: tuple[str, ...]) -> Fix | None:
    """The call as the first line, where the parameters have the names to pass on."""
    given = {argument.arg for argument in method.node.args.args}
    first, source = method.node.body[0], method.module.source
    before = source.line(first.lineno)[: source.column(first.lineno, first.col_offset) - 1]
    if not given.issuperset(wanted) or before.strip() or ast.get_docstring(method.node):
        return None
    start = source.offset(first.lineno, 1)
    call = f"{before}super().__init__({', '.join(wanted)}){source.newline}"
    return Fix("Call it first", (Edit(source.between(start, start), call),), is_safe=True)


RULE = Rule(
    code="LUC407",
    name="no-super-init",
    message="this `__init__` replaces Lucid's: write `super().__init__({arguments})` first in it",
    why="Without it `self.model`, `self.ctx` or `self.config` is missing, and the first step ends "
    "the session with an error.",
    valid=(
        """
        from lucid import LucidModel, LucidSession

        class MySession(LucidSession):
            def __init__(self, model, ctx) -> None:
                super().__init__(model, ctx)

        class MyModel(LucidModel):
            def __init__(self, *args, **kwargs) -> None:
                LucidModel.__init__(self, *args, **kwargs)
        """,
    ),
    invalid=(
        Invalid(
            """
            from lucid import LucidSession

            class MySession(LucidSession):
                def __init__(self, model, ctx) -> None:
                    self.held = set()
            """,
            line=4,
            column=9,
            fix=(
                "        self.held",
                "        super().__init__(model, ctx)\n        self.held",
            ),
        ),
        Invalid(
            """
            from lucid import LucidModel

            class MyModel(LucidModel):
                def __init__(self, settings) -> None:
                    self.settings = settings
            """,
            line=4,
            column=9,
        ),
    ),
    check=_check,
)
