"""LUC122: an upload that does not say what it accepts, or is not taken as a file."""

import libcst as cst

from lucid.check.inputs import all_inputs
from lucid.check.module import Module
from lucid.check.nodes import code, is_literal
from lucid.check.port import Port
from lucid.check.rule import Findings, fixed, rule

_SPECS = ("lucid.image_input", "lucid.file_input")


@rule(
    "LUC122",
    message="`{name}` {problem}: write for example `{write} = image_input(size=(640, 360))`",
    why="The page needs the accepted types and the size to offer a file and to crop a picture; the "
    "port does not start.",
)
def upload_spec(port: Port) -> Findings:
    for declared in all_inputs(port):
        for param in declared.parameters if declared.is_plain else ():
            if param.annotation:
                yield from _look(port, declared.module, param, param.annotation.annotation)


def _look(port: Port, module: Module, param: cst.Param, annotation: cst.BaseExpression) -> Findings:
    made = port.foreign_call(module.at(param.default)) if param.default else None
    is_file = port.named(module.at(annotation)) == "lucid.InputFile"
    is_spec = made is not None and made.name in _SPECS
    name = param.name.value
    write = f"{name}: InputFile"
    if is_file and (param.default is None or is_literal(param.default)):
        problem = "does not say which files it accepts"
        yield upload_spec.at(module, param, name=name, problem=problem, write=write)
    elif is_spec and not is_file and isinstance(annotation, cst.Name):
        edit = module.replace(annotation, cst.Name("InputFile"))
        has_name = module.top("InputFile") == ["lucid.InputFile"]
        fix = fixed("Declare it InputFile", edit, is_safe=False) if has_name else None
        problem = f"takes a file and is declared {code(annotation)}"
        yield upload_spec.at(module, param, fix, name=name, problem=problem, write=write)
