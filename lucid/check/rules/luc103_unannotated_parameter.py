"""LUC103: an input's parameter has no type."""

import libcst as cst

from lucid.check.constants import worth
from lucid.check.inputs import Input, all_inputs, input_gesture
from lucid.check.nodes import expression
from lucid.check.port import Port
from lucid.check.rule import Findings, fixed, rule

_UPLOADS = ("lucid.image_input", "lucid.file_input")


@rule(
    "LUC103",
    message="parameter `{parameter}` of the input `{name}` has no type: "
    "write for example `{parameter}: {type}`",
    why="The type decides which control the page shows and which values it lets through; "
    "without it the port does not start.",
)
def unannotated_parameter(port: Port) -> Findings:
    for declared in all_inputs(port):
        for param in declared.parameters if declared.is_plain else ():
            if param.annotation is None:
                kind, is_sure = _likely_type(port, declared, param)
                name, module = param.name.value, declared.module
                new = param.with_changes(annotation=cst.Annotation(expression(kind)))
                title = f"Write `{name}: {kind}`"
                fix = fixed(title, module.replace(param, new), is_safe=is_sure)
                yield unannotated_parameter.at(
                    module, param, fix, parameter=name, name=declared.name, type=kind
                )


def _likely_type(port: Port, declared: Input, param: cst.Param) -> tuple[str, bool]:
    """What its binding or its default says it is, and whether it can be nothing else."""
    bound = input_gesture(port, declared)
    if bound and (given := bound.arguments.get(param.name.value)):
        return given, True
    default = declared.module.at(param.default) if param.default else None
    if default and isinstance(default.node, cst.Call):
        made_by = port.named(default.part(default.node.func))
        return ("InputFile", False) if made_by in _UPLOADS else ("float", False)
    value = worth(port, default)
    return ("float", False) if value is None else (type(value).__name__, False)
