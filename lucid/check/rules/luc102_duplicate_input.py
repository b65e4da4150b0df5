"""LUC102: two inputs of one name in one class."""

from collections.abc import Iterator

from lucid.check.diagnostics import Diagnostic
from lucid.check.inputs import own_inputs
from lucid.check.port import Port
from lucid.check.rule import Invalid, Rule


def _check(port: Port) -> Iterator[Diagnostic]:
    for cls in port.classes:
        seen: set[str] = set()
        for declared in own_inputs(port, cls):
            name, node = declared.name, declared.method.node
            if not any(node is statement for statement in cls.node.body):
                continue  # under an `if`, where the other one may be under its `else`
            if name in seen:
                yield RULE.at(cls.module, node, cls=cls.name, name=name)
            seen.add(name)


RULE = Rule(
    code="LUC102",
    name="duplicate-input",
    message="{cls} declares the input `{name}` twice, and only this one counts: rename one of them",
    why="The second method replaces the first, so one control is missing from the page.",
    valid=(
        """
        from lucid import LucidSession, input

        class MySession(LucidSession):
            @input()
            def jump(self) -> None: ...

        class Other(MySession):
            @input()
            def jump(self) -> None: ...
        """,
        """
        from lucid import LucidSession, input

        class MySession(LucidSession):
            if FAST:
                @input()
                def jump(self) -> None: ...
            else:
                @input()
                def jump(self) -> None: ...
        """,
    ),
    invalid=(
        Invalid(
            """
            from lucid import LucidSession, input

            class MySession(LucidSession):
                @input()
                def jump(self) -> None: ...

                @input()
                def jump(self) -> None: ...
            """,
            line=8,
            column=9,
        ),
    ),
    check=_check,
)
