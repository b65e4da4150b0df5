"""LUC106: a handler does not take what its binding gives."""

from collections.abc import Iterator

import libcst as cst

from lucid.check.inputs import Gesture, Input, all_inputs, gesture
from lucid.check.port import Port, Value
from lucid.check.rule import Finding, Invalid, Rule

_PLAIN_TYPES = {"bool", "int", "float", "complex", "str", "bytes", "list", "tuple", "dict", "set"}


def _check(port: Port) -> Iterator[Finding]:
    for declared in all_inputs(port):
        binding = declared.binding
        bound = gesture(port, Value(declared.module, binding)) if binding else None
        if bound and declared.is_plain and not _fits(port, declared, bound):
            method = declared.method.node
            yield RULE.finding(
                declared.module.path,
                method.name,
                name=method.name.value,
                declared=_shown(method.params),
                kind=bound.kind,
                wanted=bound.signature,
            )


def _fits(port: Port, declared: Input, bound: Gesture) -> bool:
    """As the manifest compares them: by name; a type counts where it is plain or in Annotated."""
    params = declared.method.node.params
    if isinstance(params.star_arg, cst.Param) or params.star_kwarg or params.posonly_params[1:]:
        return False
    wanted = bound.arguments
    got = {p.name.value: _plain_type(port, declared, p) for p in declared.parameters}
    return got.keys() == wanted.keys() and all(
        kind in (None, wanted[name]) for name, kind in got.items()
    )


def _plain_type(port: Port, declared: Input, parameter: cst.Param) -> str | None:
    if parameter.annotation is None:
        return None  # LUC103 says so
    node = parameter.annotation.annotation
    if isinstance(node, cst.Subscript) and _is_annotated(port, declared, node):
        index = node.slice[0].slice
        node = index.value if isinstance(index, cst.Index) else node
    if isinstance(node, cst.SimpleString):
        name = str(node.evaluated_value)
    else:
        name = node.value if isinstance(node, cst.Name) else ""
    is_builtin = name in _PLAIN_TYPES and name not in declared.module.names.bound
    return name if is_builtin else None


def _is_annotated(port: Port, declared: Input, node: cst.Subscript) -> bool:
    name = port.resolve(declared.module, node.value)
    return name in ("typing.Annotated", "typing_extensions.Annotated")


def _shown(parameters: cst.Parameters) -> str:
    code = cst.Module([]).code_for_node(parameters)
    return f"({' '.join(code.split()).rstrip(', ')})"


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
