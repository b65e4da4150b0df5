"""LUC106: a handler does not take what its binding gives."""

import ast
from collections.abc import Iterator

from lucid.check.diagnostics import Diagnostic, Edit, Fix
from lucid.check.inputs import Gesture, Input, all_inputs, input_gesture
from lucid.check.port import Port
from lucid.check.rule import Invalid, Rule, fixed

_ANNOTATED = ("typing.Annotated", "typing_extensions.Annotated")
_PLAIN_TYPES = {"bool", "int", "float", "complex", "str", "bytes", "list", "tuple", "dict", "set"}


def _check(port: Port) -> Iterator[Diagnostic]:
    for declared in all_inputs(port):
        bound = input_gesture(port, declared)
        if bound and declared.is_plain and not _fits(port, declared, bound):
            node = declared.method.node
            yield RULE.at(
                declared.module,
                node,
                _fix(declared, bound),
                name=declared.name,
                declared=f"({ast.unparse(node.args)})",
                kind=bound.kind,
                wanted=bound.signature,
            )


def _fits(port: Port, declared: Input, bound: Gesture) -> bool:
    """As the manifest compares them: by name; a type counts where it is plain or in Annotated."""
    params = declared.method.node.args
    places = [*params.posonlyargs, *params.args]
    if params.vararg or params.kwarg or params.posonlyargs[1:] or not places:
        return False
    wanted = bound.arguments
    got = {p.arg: _plain_type(port, declared, p) for p in declared.parameters}
    return got.keys() == wanted.keys() and all(
        kind in (None, wanted[name]) for name, kind in got.items()
    )


def _plain_type(port: Port, declared: Input, parameter: ast.arg) -> str | None:
    node = parameter.annotation  # where there is none, LUC103 says so
    if isinstance(node, ast.Subscript) and port.resolve(declared.module, node.value) in _ANNOTATED:
        inner = node.slice
        node = inner.elts[0] if isinstance(inner, ast.Tuple) and inner.elts else node
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        name = node.value
    else:
        name = node.id if isinstance(node, ast.Name) else ""
    is_builtin = name in _PLAIN_TYPES and name not in declared.module.names.bound
    return name if is_builtin else None


def _fix(declared: Input, bound: Gesture) -> Fix | None:
    """Other types, where the names are right; else other parameters, which the body may miss."""
    params, module = declared.method.node.args, declared.module
    if params.vararg or params.kwarg or params.posonlyargs or params.kwonlyargs:
        return None
    wanted, given = bound.arguments, declared.parameters
    if [parameter.arg for parameter in given] == list(wanted):
        edits = [
            module.replace(parameter.annotation, wanted[parameter.arg])
            for parameter in given
            if parameter.annotation and ast.unparse(parameter.annotation) != wanted[parameter.arg]
        ]
        return fixed("Write the types that the binding sends", *edits, is_safe=True)
    if not params.args or params.args[0].arg != "self" or params.defaults:
        return None
    start = module.source.span(module.range(params.args[0]))[0]
    last = params.args[-1]
    end = module.source.span(module.range(last.annotation or last))[1]
    edit = Edit(module.source.between(start, end), bound.signature.strip("()"))
    return Fix(f"Write {bound.signature}", (edit,), is_safe=False)


RULE = Rule(
    code="LUC106",
    name="binding-signature",
    message="`{name}` is declared {declared}, but its {kind} binding calls it with {wanted}: "
    "write `def {name}{wanted} -> None`",
    why="A gesture sends fixed arguments; a handler that takes others cannot be bound to it.",
    valid=(
        """
        from typing import Annotated
        from lucid import LucidSession, axis, hold, input, pointer, press, wheel

        LOOK = pointer()

        class MySession(LucidSession):
            @input(binding=hold(keys=("KeyW",)))
            def forward(self, pressed: bool) -> None: ...

            @input(binding=press(mouse_buttons=(0,)))
            async def fire(self, /) -> None: ...

            @input(binding=axis(positive_keys=("KeyE",), negative_keys=("KeyQ",)))
            def lean(self, value: Annotated[float, "in -1..1"]) -> None: ...

            @input(binding=LOOK)
            def look(self, dx: "float", dy: Pixels) -> None: ...

            @input(binding=wheel())
            def zoom(self, delta) -> None: ...

            @input(binding=make_binding())
            def other(self, whatever: int) -> None: ...
        """,
    ),
    invalid=(
        Invalid(
            """
            from lucid import LucidSession, hold, input

            class MySession(LucidSession):
                @input(binding=hold(keys=("KeyW",)))
                def forward(self) -> None: ...
            """,
            line=5,
            column=9,
            fix=("(self)", "(self, pressed: bool)"),
        ),
        Invalid(
            """
            from lucid import LucidSession, hold, input

            class MySession(LucidSession):
                @input(binding=hold(keys=("KeyW",)))
                def forward(pressed: bool) -> None: ...
            """,
            line=5,
            column=9,
        ),
        Invalid(
            """
            import lucid

            LOOK = lucid.pointer()

            class MySession(lucid.LucidSession):
                @lucid.input(binding=LOOK)
                def look(self, dx: int, dy: float) -> None: ...
            """,
            line=7,
            column=9,
            fix=("dx: int", "dx: float"),
        ),
        Invalid(
            """
            from lucid import LucidSession, input, press

            class MySession(LucidSession):
                @input(binding=press(keys=("Space",)))
                def jump(self, *args) -> None: ...
            """,
            line=5,
            column=9,
        ),
    ),
    check=_check,
)
