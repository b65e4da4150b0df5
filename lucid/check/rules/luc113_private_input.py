"""LUC113: an input's name starts with an underscore."""

from collections.abc import Iterator

from lucid.check.diagnostics import Diagnostic
from lucid.check.inputs import all_inputs
from lucid.check.port import Port
from lucid.check.rule import Invalid, Rule


def _check(port: Port) -> Iterator[Diagnostic]:
    for declared in all_inputs(port):
        if declared.name.startswith("_"):
            new = declared.name.strip("_") or "act"
            yield RULE.at(declared.module, declared.method.node, name=declared.name, new=new)


RULE = Rule(
    code="LUC113",
    name="private-input",
    message="the input `{name}` cannot start with an underscore: name it `{new}`",
    why="An input's name is what pages send; the port does not start with a private one.",
    valid=(
        """
        from lucid import LucidSession, input

        class MySession(LucidSession):
            @input()
            def jump(self) -> None: ...

            def _land(self) -> None: ...
        """,
    ),
    invalid=(
        Invalid(
            """
            from lucid import LucidSession, input

            class MySession(LucidSession):
                @input()
                def _jump(self) -> None: ...
            """,
            line=5,
            column=9,
        ),
    ),
    check=_check,
)
