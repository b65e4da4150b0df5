"""LUC103: an input's parameter has no type."""

import ast
from collections.abc import Iterator

from lucid.check.diagnostics import Diagnostic
from lucid.check.inputs import Input, all_inputs, input_gesture
from lucid.check.port import Port, Value
from lucid.check.rule import Invalid, Rule, fixed

_UPLOADS = ("lucid.image_input", "lucid.file_input")


def _check(port: Port) -> Iterator[Diagnostic]:
    for declared in all_inputs(port):
        for parameter in declared.parameters if declared.is_plain else ():
            if parameter.annotation is None:
                kind, is_sure = _likely_type(port, declared, parameter)
                name = parameter.arg
                new = declared.module.replace(parameter, f"{name}: {kind}")
                yield RULE.at(
                    declared.module,
                    parameter,
                    fixed(f"Write `{name}: {kind}`", new, is_safe=is_sure),
                    parameter=name,
                    name=declared.name,
                    type=kind,
                )


def _likely_type(port: Port, declared: Input, parameter: ast.arg) -> tuple[str, bool]:
    """What its binding or its default says it is, and whether it can be nothing else."""
    bound, default = input_gesture(port, declared), declared.default(parameter)
    if bound and (given := bound.arguments.get(parameter.arg)):
        return given, True
    if isinstance(default, ast.Call):
        made_by = port.resolve(declared.module, default.func)
        return ("InputFile", False) if made_by in _UPLOADS else ("float", False)
    value = port.literal(Value(declared.module, default)) if default else None
    return ("float", False) if value is None else (type(value).__name__, False)


RULE = Rule(
    code="LUC103",
    name="unannotated-parameter",
    message="parameter `{parameter}` of the input `{name}` has no type: "
    "write for example `{parameter}: {type}`",
    why="The type decides which control the page shows and which values it lets through; "
    "without it the port does not start.",
    valid=(
        """
        from lucid import LucidSession, input

        class MySession(LucidSession):
            @input()
            def steer(self, angle: float, *, boost: bool = False) -> None: ...

            def plain(self, angle): ...
        """,
        """
        from lucid import LucidSession

        class MySession(LucidSession):
            @input()
            def steer(self, angle): ...
        """,
        """
        import lucid

        class MySession(lucid.LucidSession):
            @lucid.input()
            @typed_by_hand
            def steer(self, angle): ...
        """,
    ),
    invalid=(
        Invalid(
            """
            from lucid import LucidSession, input as inp

            class MySession(LucidSession):
                @inp(description="Steer")
                def steer(self, angle, boost: bool = False) -> None: ...
            """,
            line=5,
            column=21,
            fix=("angle", "angle: float"),
        ),
        Invalid(
            """
            import lucid as l

            class Steering:
                @l.input()
                async def steer(self, *, angle=0.0) -> None: ...
            """,
            line=5,
            column=30,
            fix=("angle=0.0", "angle: float=0.0"),
        ),
    ),
    check=_check,
)
