"""Rules about the declaration of inputs."""

import operator
from collections.abc import Iterator
from typing import Any

import libcst as cst

from lucid.check.constants import Unknown, constant, worth
from lucid.check.inputs import Input, all_inputs, gesture, hidden_inputs, own_inputs
from lucid.check.module import Module, Value
from lucid.check.nodes import callee, code, is_literal, literal, nameless_parameters, subscripts
from lucid.check.port import ForeignCall, Port
from lucid.check.rule import Findings, fixed, rule

_HANDLER_PREFIXES = ("set_", "on_")


@rule(
    "LUC101",
    message="nothing calls `{name}`, and it is not an input: write `@input()` above it",
    why="Only decorated methods become controls. This one is missing from the page.",
)
def undecorated_handler(port: Port) -> Findings:
    # Names that are called, passed on, or written in a string.
    named = {str(literal(text)) for module in port.modules.values() for text in module.strings}
    for module in port.modules.values():
        named |= {node.attr.value for node, _ in module.attributes}
    for session in port.sessions:
        bases = port.lineage(session).classes[1:]
        for method in session.methods:
            is_plain = method.name.startswith(_HANDLER_PREFIXES) and not method.node.decorators
            is_override = any(method.name in base.members for base in bases)
            if is_plain and not is_override and method.name not in named:
                yield undecorated_handler.of(method, name=method.name)


@rule(
    "LUC102",
    message="{cls} declares the input `{name}` twice, and only this one counts: rename one of them",
    why="The second method replaces the first, so one control is missing from the page.",
)
def duplicate_input(port: Port) -> Findings:
    for cls in port.classes:
        seen: set[str] = set()
        for declared in own_inputs(port, cls):
            if declared.node not in cls.node.body.body:
                continue  # it is under an `if`, and the other one may be under its `else`
            if declared.name in seen:
                yield duplicate_input.at(
                    cls.module, declared.node, cls=cls.name, name=declared.name
                )
            seen.add(declared.name)


def _plain_parameters(port: Port) -> Iterator[tuple[Input, cst.Param]]:
    """Yield the parameters of the inputs whose signature no other decorator can change."""
    for declared in all_inputs(port):
        for param in declared.parameters if declared.is_plain else ():
            yield declared, param


_UPLOADS = ("lucid.image_input", "lucid.file_input")
_CAPTURES = {
    "lucid.camera_input": "CameraFrame | None",
    "lucid.microphone_input": "MicrophoneSound | None",
}


@rule(
    "LUC103",
    message="parameter `{parameter}` of the input `{name}` has no type: "
    "write for example `{parameter}: {type}`{others}",
    why="The type decides which control the page shows and which values it accepts. Without it the "
    "port does not start.",
)
def unannotated_parameter(port: Port) -> Findings:
    for declared, param in _plain_parameters(port):
        if param.annotation is None:
            kind, is_sure = _likely_type(port, declared, param)
            name, module = param.name.value, declared.module
            others = "" if is_sure or kind != "float" else ", or bool, int, str or a Literal"
            new = param.with_changes(annotation=cst.Annotation(cst.parse_expression(kind)))
            fix = fixed(f"Write `{name}: {kind}`", module.replace(param, new), is_safe=is_sure)
            yield unannotated_parameter.at(
                module, param, fix, parameter=name, name=declared.name, type=kind, others=others
            )


def _likely_type(port: Port, declared: Input, param: cst.Param) -> tuple[str, bool]:
    """Return the type that a binding or a default suggests, and whether it is certain."""
    bound = gesture(port, declared.binding)
    if bound and (given := bound.arguments.get(param.name.value)):
        return given, True
    if _calls_method_of_text(declared, param.name.value):
        return "str", False
    default = declared.module.at(param.default) if param.default else None
    if default and isinstance(default.node, cst.Call):
        made_by = port.named(default.part(default.node.func))
        likely = "InputFile" if made_by in _UPLOADS else _CAPTURES.get(made_by or "", "float")
        return likely, False
    value = worth(port, default)
    return ("float", False) if value is None else (type(value).__name__, False)


_OF_TEXT = {"casefold", "encode", "endswith", "lower", "replace", "split", "splitlines",
            "startswith", "strip", "title", "upper"}  # fmt: skip


def _calls_method_of_text(declared: Input, name: str) -> bool:
    return any(
        isinstance(node, cst.Call)
        and (path := (callee(node) or "").split("."))[0] == name
        and len(path) == 2
        and path[1] in _OF_TEXT
        for node in declared.method.all_nodes
    )


_UNSENDABLE = {
    "PIL.Image.Image": "InputFile = image_input()",
    "collections.abc.Callable": "str",
    "numpy.ndarray": "InputFile = image_input()",
    "numpy.typing.NDArray": "InputFile = image_input()",
    "torch.Tensor": "InputFile = image_input()",
    "typing.Any": "str",
    "typing.Callable": "str",
}


@rule(
    "LUC104",
    message="no page can send a {type}: write for example `{write}`",
    why="The type decides which control the page shows. There is none for this type, so the port "
    "does not start.",
)
def unsendable_type(port: Port) -> Findings:
    for declared, param in _plain_parameters(port):
        if param.annotation is None or _capture_call(port, declared.module, param):
            continue  # LUC103 and LUC127 report these
        given = declared.module.at(param.annotation.annotation)
        if (name := _type_name(port, given)) in _UNSENDABLE:
            write = f"{param.name.value}: {_UNSENDABLE[name]}"
            yield unsendable_type.of(given, type=name.rpartition(".")[2], write=write)


def _type_name(port: Port, annotation: Value) -> str:
    node = annotation.node
    while isinstance(node, cst.Subscript):
        is_annotated = port.named(annotation.part(node.value)) == "typing.Annotated"
        node = subscripts(node)[0] if is_annotated else node.value
    return port.named(annotation.part(node)) or ""


@rule(
    "LUC105",
    message="`{given}` of the input `{name}` cannot be sent by name: declare each argument with "
    "its name and its type",
    why="A page sends arguments by name and shows one field for each, so the port does not start.",
)
def variadic_input(port: Port) -> Findings:
    for declared in all_inputs(port):
        if not declared.is_plain or gesture(port, declared.binding):
            continue  # LUC106 reports these
        for param in nameless_parameters(declared.node):
            yield variadic_input.at(
                declared.module, param, name=declared.name, given=param.name.value
            )


_DEFAULT_TYPES: dict[str | None, tuple[type, ...]] = {
    "builtins.bool": (bool,),
    "builtins.int": (int,),
    "builtins.float": (float, int),
    "builtins.str": (str,),
}
_BOUNDS = {
    "ge": (operator.ge, "at least"),
    "gt": (operator.gt, "more than"),
    "le": (operator.le, "at most"),
    "lt": (operator.lt, "less than"),
}


@rule(
    "LUC107",
    message="the default {default} of `{name}` must be {must}: change the default or the type",
    why="The page shows the default as the current value, but the port refuses this value and does "
    "not start.",
)
def bad_default(port: Port) -> Findings:
    for declared in all_inputs(port):
        for param in declared.parameters:
            if param.default is None or param.annotation is None:
                continue
            default = declared.module.at(param.default)
            try:
                given = constant(port, default)
                problem = _default_problem(port, default.part(param.annotation.annotation), given)
            except Unknown:
                continue
            if problem:
                name = param.name.value
                yield bad_default.of(default, default=repr(given), name=name, must=problem)


def _default_problem(port: Port, annotation: Value, given: Any) -> str | None:
    """Return what the default must be; None if it is right."""
    meaning = port.resolve(annotation)
    if isinstance(meaning, str) and meaning in _DEFAULT_TYPES:
        is_confused = isinstance(given, bool) and meaning != "builtins.bool"
        is_right = isinstance(given, _DEFAULT_TYPES[meaning]) and not is_confused
        return None if is_right else f"a {meaning.removeprefix('builtins.')}"
    if not isinstance(meaning, Value) or not isinstance(meaning.node, cst.Subscript):
        return None
    outer = port.named(meaning.part(meaning.node.value))
    parts = [meaning.part(part) for part in subscripts(meaning.node)]
    if outer == "typing.Literal":
        choices = [constant(port, part) for part in parts]
        return None if given in choices else f"one of {', '.join(map(repr, choices))}"
    if outer == "typing.Annotated":
        problems = [
            _default_problem(port, parts[0], given),
            *(_out_of_bounds(port, m, given) for m in parts[1:]),
        ]
        return next((problem for problem in problems if problem), None)
    return None


def _out_of_bounds(port: Port, metadata: Value, given: Any) -> str | None:
    call = port.foreign_call(metadata)
    if call is None or call.name != "pydantic.Field" or not isinstance(given, int | float):
        return None
    for name, (holds, words) in _BOUNDS.items():
        limit = worth(port, call.argument(name))
        if isinstance(limit, int | float) and not holds(given, limit):
            return f"{words} {limit}"
    return None


@rule(
    "LUC112",
    message="`@input` is not called: write `@input()`",
    why="Without parentheses the port does not import, so it does not start.",
)
def input_parentheses(port: Port) -> Findings:
    for declared in all_inputs(port):
        if declared.options is None:
            module, decorator = declared.module, declared.decorator
            edit = module.replace(decorator, cst.Call(decorator))
            yield input_parentheses.at(
                module, decorator, fixed("Add parentheses", edit, is_safe=True)
            )


@rule(
    "LUC113",
    message="the input `{name}` cannot start with an underscore: name it `{new}`",
    why="Pages send the name of an input. With a private name, the port does not start.",
)
def private_input(port: Port) -> Findings:
    for declared in all_inputs(port):
        if declared.name.startswith("_"):
            new = declared.name.strip("_") or "act"
            yield private_input.of(declared, name=declared.name, new=new)


@rule(
    "LUC122",
    message="`{name}` {problem}: write for example `{write} = image_input(size=(640, 360))`",
    why="The page needs the accepted types and the size, to offer a file and to crop a picture. "
    "Without them the port does not start.",
)
def upload_spec(port: Port) -> Findings:
    for declared, param in _plain_parameters(port):
        if param.annotation:
            yield from _check_upload(port, declared.module, param, param.annotation.annotation)


def _check_upload(
    port: Port, module: Module, param: cst.Param, annotation: cst.BaseExpression
) -> Findings:
    made = port.foreign_call(module.at(param.default)) if param.default else None
    is_file = port.named(module.at(annotation)) == "lucid.InputFile"
    is_spec = made is not None and made.name in _UPLOADS
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


@rule(
    "LUC127",
    message="`{name}` {problem}: write for example `{write}`",
    why="A handler of a camera or a microphone has one parameter, which is None once the device "
    "has stopped. A port that declares it differently does not start.",
)
def capture_spec(port: Port) -> Findings:
    for declared, param in _plain_parameters(port):
        if param.annotation:
            yield from _check_capture(port, declared, param, param.annotation.annotation)


def _check_capture(
    port: Port, declared: Input, param: cst.Param, annotation: cst.BaseExpression
) -> Findings:
    name, module = param.name.value, declared.module
    made = _capture_call(port, module, param)
    parts = [port.named(module.at(part)) for part in _alternatives(annotation)]
    if made is None:
        kind = next((call for call, got in _CAPTURES.items() if _name_of(got) in parts), None)
        if kind and (param.default is None or is_literal(param.default)):
            call = kind.removeprefix("lucid.")
            write = f"{name}: {_CAPTURES[kind]} = {call}(...)"
            problem = "does not say what it captures"
            yield capture_spec.at(module, param, name=name, problem=problem, write=write)
        return
    wanted = _CAPTURES[made.name]
    write = f"{name}: {wanted} = {made.name.removeprefix('lucid.')}(...)"
    if len(declared.parameters) > 1:
        problem = f"is not the only parameter of {declared.name}"
        yield capture_spec.at(module, param, name=name, problem=problem, write=write)
    elif isinstance(annotation, cst.Name):
        fix = None
        if port.named(module.at(annotation)) == _name_of(wanted):
            edit = module.replace(annotation, cst.parse_expression(f"{code(annotation)} | None"))
            fix = fixed("Allow None", edit, is_safe=False)
        problem = f"is declared {code(annotation)}"
        yield capture_spec.at(module, param, fix, name=name, problem=problem, write=write)


def _capture_call(port: Port, module: Module, param: cst.Param) -> ForeignCall | None:
    made = port.foreign_call(module.at(param.default)) if param.default else None
    return made if made is not None and made.name in _CAPTURES else None


def _name_of(wanted: str) -> str:
    return f"lucid.{wanted.removesuffix(' | None')}"


def _alternatives(annotation: cst.BaseExpression) -> list[cst.BaseExpression]:
    """Return the types that an annotation joins with ``|``."""
    if isinstance(annotation, cst.BinaryOperation):
        return [*_alternatives(annotation.left), *_alternatives(annotation.right)]
    return [annotation]


@rule(
    "LUC123",
    message="the check cannot see whether `@{decorator}` makes `{name}` an input: write "
    "`@input(...)` above it",
    why="The check cannot examine an input that it does not see: a control without effect, or a "
    "key that no keyboard has, stays on the page.",
)
def hidden_input(port: Port) -> Findings:
    classes = {cls: None for session in port.sessions for cls in port.lineage(session).classes}
    for cls in classes:
        for method, decorator in hidden_inputs(port, cls):
            yield hidden_input.at(
                cls.module, decorator, decorator=code(decorator), name=method.name
            )
