"""LUC112: `@input` without parentheses."""

import ast
from collections.abc import Iterator

from lucid.check.diagnostics import Diagnostic, Edit
from lucid.check.inputs import all_inputs
from lucid.check.port import Port
from lucid.check.rule import Invalid, Rule, fixed


def _check(port: Port) -> Iterator[Diagnostic]:
    for declared in all_inputs(port):
        decorator, module = declared.decorator, declared.module
        if not isinstance(decorator, ast.Call):
            end = module.source.span(module.range(decorator))[1]
            edit = Edit(module.source.between(end, end), "()")
            yield RULE.at(module, decorator, fixed("Add parentheses", edit, is_safe=True))


RULE = Rule(
    code="LUC112",
    name="input-parentheses",
    message="`@input` is called with what it is to say: write `@input()`",
    why="Without parentheses the port does not import, so it does not start.",
    valid=(
        """
        from lucid import LucidSession, input

        class MySession(LucidSession):
            @input()
            def jump(self) -> None: ...
        """,
        "class MySession:\n    @input\n    def jump(self) -> None: ...",
    ),
    invalid=(
        Invalid(
            """
            import lucid

            class MySession(lucid.LucidSession):
                @lucid.input
                def jump(self) -> None: ...
            """,
            line=4,
            column=6,
            fix=("lucid.input", "lucid.input()"),
        ),
    ),
    check=_check,
)
