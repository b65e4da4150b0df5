"""LUC122: an upload that does not say what it accepts, or is not taken as a file."""

import ast
from collections.abc import Iterator

from lucid.check.diagnostics import Diagnostic, Edit
from lucid.check.inputs import Input, all_inputs
from lucid.check.port import Port, Value
from lucid.check.rule import Invalid, Rule, fixed

_SPECS = ("lucid.image_input", "lucid.file_input")


def _check(port: Port) -> Iterator[Diagnostic]:
    for declared in all_inputs(port):
        for parameter in declared.parameters if declared.is_plain else ():
            if parameter.annotation:
                yield from _look(port, declared, parameter, parameter.annotation)


def _look(
    port: Port, declared: Input, parameter: ast.arg, annotation: ast.expr
) -> Iterator[Diagnostic]:
    module, default = declared.module, declared.default(parameter)
    made = port.foreign_call(Value(module, default)) if default else None
    is_file = port.resolve(module, annotation) == "lucid.InputFile"
    is_spec = made is not None and made.name in _SPECS
    if is_file and (default is None or isinstance(default, ast.Constant)):
        problem, write = "does not say which files it accepts", f"{parameter.arg}: InputFile"
        fix = None
        yield RULE.at(module, parameter, fix, name=parameter.arg, problem=problem, write=write)
    elif is_spec and not is_file and isinstance(annotation, ast.Name):
        problem = f"takes a file and is declared {ast.unparse(annotation)}"
        edit: Edit | None = module.replace(annotation, "InputFile")
        has_name = module.names.get("InputFile") == "lucid.InputFile"
        fix = fixed("Declare it InputFile", edit, is_safe=False) if has_name else None
        write = f"{parameter.arg}: InputFile"
        yield RULE.at(module, parameter, fix, name=parameter.arg, problem=problem, write=write)


RULE = Rule(
    code="LUC122",
    name="upload-spec",
    message="`{name}` {problem}: write for example `{write} = image_input(size=(640, 360))`",
    why="The page needs the accepted types and the size to offer a file and to crop a picture; the "
    "port does not start.",
    valid=(
        """
        from lucid import InputFile, LucidSession, file_input, image_input, input

        ANY = file_input()

        class MySession(LucidSession):
            @input()
            def put(self, a: InputFile = image_input(), b: InputFile = ANY) -> None: ...

            @input()
            def other(self, c: InputFile = make()) -> None: ...
        """,
    ),
    invalid=(
        Invalid(
            """
            from lucid import InputFile, LucidSession, input

            class MySession(LucidSession):
                @input()
                def set_seed_frame(self, image: InputFile) -> None: ...
            """,
            line=5,
            column=30,
        ),
        Invalid(
            """
            from lucid import InputFile, LucidSession, image_input, input

            class MySession(LucidSession):
                @input()
                def set_seed_frame(self, image: bytes = image_input()) -> None: ...
            """,
            line=5,
            column=30,
            fix=("bytes", "InputFile"),
        ),
    ),
    check=_check,
)
