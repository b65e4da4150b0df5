"""LUC106: a handler does not take what its binding gives."""

import libcst as cst

from lucid.check.diagnostics import Edit, Fix
from lucid.check.inputs import Gesture, Input, all_inputs, input_gesture
from lucid.check.nodes import code, expression, literal, nameless_parameters, subscripts
from lucid.check.port import Port
from lucid.check.rule import Findings, fixed, rule

_ANNOTATED = ("typing.Annotated", "typing_extensions.Annotated")
_PLAIN_TYPES = {"bool", "int", "float", "complex", "str", "bytes", "list", "tuple", "dict", "set"}


@rule(
    "LUC106",
    message="`{name}` is declared {declared}, but its {kind} binding calls it with {wanted}: "
    "write `def {name}{wanted} -> None`",
    why="A gesture sends fixed arguments; a handler that takes others cannot be bound to it.",
)
def binding_signature(port: Port) -> Findings:
    for declared in all_inputs(port):
        bound = input_gesture(port, declared)
        if bound and declared.is_plain and not _fits(port, declared, bound):
            yield binding_signature.at(
                declared.module,
                declared.node,
                _fix(declared, bound),
                name=declared.name,
                declared=f"({code(declared.node.params)})",
                kind=bound.kind,
                wanted=bound.signature,
            )


def _fits(port: Port, declared: Input, bound: Gesture) -> bool:
    """As the manifest compares them: by name; a type counts if it is plain or in Annotated."""
    given = declared.node.params
    if nameless_parameters(declared.node) or not (given.posonly_params or given.params):
        return False
    wanted = bound.arguments
    got = {param.name.value: _plain_type(port, declared, param) for param in declared.parameters}
    return got.keys() == wanted.keys() and all(
        kind in (None, wanted[name]) for name, kind in got.items()
    )


def _plain_type(port: Port, declared: Input, param: cst.Param) -> str | None:
    if param.annotation is None:
        return None  # LUC103 says so
    given = declared.module.at(param.annotation.annotation)
    node = given.node
    if isinstance(node, cst.Subscript) and port.named(given.part(node.value)) in _ANNOTATED:
        given = given.part(subscripts(node)[0])
    text = literal(given.node)
    name = f"builtins.{text}" if isinstance(text, str) else port.named(given) or ""
    kind = name.removeprefix("builtins.")
    return kind if kind in _PLAIN_TYPES else None


def _fix(declared: Input, bound: Gesture) -> Fix | None:
    """Other types, if the names are right; else other parameters, which the body may miss."""
    given, wanted = declared.node.params, bound.arguments
    if nameless_parameters(declared.node) or given.posonly_params or given.kwonly_params:
        return None
    if [param.name.value for param in declared.parameters] == list(wanted):
        types = [(param.annotation.annotation, wanted[param.name.value])
                 for param in declared.parameters if param.annotation]  # fmt: skip
        edits = [declared.module.replace(old, expression(new))
                 for old, new in types if code(old) != new]  # fmt: skip
        return fixed("Write the types that the binding sends", *edits, is_safe=True)
    first = given.params[0] if given.params else None
    if first is None or first.name.value != "self" or any(param.default for param in given.params):
        return None
    edit = Edit(declared.module.span(first, given.params[-1]), bound.signature.strip("()"))
    return Fix(f"Write {bound.signature}", (edit,), is_safe=False)
