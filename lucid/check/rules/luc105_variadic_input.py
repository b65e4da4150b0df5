"""LUC105: an input takes arguments without fixed names."""

from collections.abc import Iterator

from lucid.check.diagnostics import Diagnostic
from lucid.check.inputs import all_inputs, input_gesture
from lucid.check.port import Port
from lucid.check.rule import Invalid, Rule


def _check(port: Port) -> Iterator[Diagnostic]:
    for declared in all_inputs(port):
        if not declared.is_plain or input_gesture(port, declared):
            continue  # of a bound one, LUC106 says what it must take
        given = declared.method.node.args
        nameless = [given.vararg, given.kwarg, *given.posonlyargs[1:]]
        for parameter in filter(None, nameless):
            yield RULE.at(declared.module, parameter, name=declared.name, given=parameter.arg)


RULE = Rule(
    code="LUC105",
    name="variadic-input",
    message="`{given}` of the input `{name}` has no name to send it by: "
    "write each argument by name, with its type",
    why="A page sends arguments by name and shows one field for each; the port does not start.",
    valid=(
        """
        from lucid import LucidSession, input

        class MySession(LucidSession):
            @input()
            def tune(self, /, a: int, *, b: int = 0) -> None: ...

            def other(self, *args, **kwargs): ...
        """,
    ),
    invalid=(
        Invalid(
            """
            from lucid import LucidSession, input

            class MySession(LucidSession):
                @input()
                def tune(self, **settings: float) -> None: ...
            """,
            line=5,
            column=22,
        ),
        Invalid(
            """
            from lucid import LucidSession, input

            class MySession(LucidSession):
                @input()
                def tune(self, a: int, /) -> None: ...
            """,
            line=5,
            column=20,
        ),
    ),
    check=_check,
)
