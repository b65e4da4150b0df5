"""LUC103: an input's parameter has no type."""

from collections.abc import Iterator

import libcst as cst

from lucid.check.inputs import Input, all_inputs, gesture
from lucid.check.port import Port, Value
from lucid.check.rule import Finding, Invalid, Rule

_UPLOADS = ("lucid.image_input", "lucid.file_input")


def _check(port: Port) -> Iterator[Finding]:
    for declared in all_inputs(port):
        for parameter in declared.parameters if declared.is_plain else ():
            if parameter.annotation is None:
                yield RULE.finding(
                    declared.module.path,
                    parameter.name,
                    parameter=parameter.name.value,
                    name=declared.method.name,
                    type=_likely_type(port, declared, parameter),
                )


def _likely_type(port: Port, declared: Input, parameter: cst.Param) -> str:
    """What its binding or its default says it is."""
    binding, default = declared.binding, parameter.default
    bound = gesture(port, Value(declared.module, binding)) if binding else None
    if bound and (given := bound.arguments.get(parameter.name.value)):
        return given
    if isinstance(default, cst.Call):
        made_by = port.resolve(declared.module, default.func)
        return "InputFile" if made_by in _UPLOADS else "float"
    if isinstance(default, cst.Name) and default.value in ("True", "False"):
        return "bool"
    value = port.literal(Value(declared.module, default)) if default else None
    return "float" if value is None else type(value).__name__


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
        ),
    ),
    check=_check,
)
