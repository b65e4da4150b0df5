"""LUC104: an input's parameter has a type that no page can send."""

import ast
from collections.abc import Iterator

from lucid.check.diagnostics import Diagnostic
from lucid.check.inputs import Input, all_inputs
from lucid.check.port import Port
from lucid.check.rule import Invalid, Rule

_UNSENDABLE = {
    "PIL.Image.Image": "InputFile = image_input()",
    "collections.abc.Callable": "str",
    "numpy.ndarray": "InputFile = image_input()",
    "numpy.typing.NDArray": "InputFile = image_input()",
    "torch.Tensor": "InputFile = image_input()",
    "typing.Any": "str",
    "typing.Callable": "str",
}


def _check(port: Port) -> Iterator[Diagnostic]:
    for declared in all_inputs(port):
        for parameter in declared.parameters if declared.is_plain else ():
            name = _type_name(port, declared, parameter.annotation)
            if parameter.annotation and name in _UNSENDABLE:
                yield RULE.at(
                    declared.module,
                    parameter.annotation,
                    type=name.rpartition(".")[2],
                    write=f"{parameter.arg}: {_UNSENDABLE[name]}",
                )


def _type_name(port: Port, declared: Input, annotation: ast.expr | None) -> str:
    node = annotation
    while isinstance(node, ast.Subscript):
        inner = node.slice
        is_annotated = port.resolve(declared.module, node.value) == "typing.Annotated"
        node = inner.elts[0] if is_annotated and isinstance(inner, ast.Tuple) else node.value
    name = port.resolve(declared.module, node) if node else None
    return name if isinstance(name, str) else ""


RULE = Rule(
    code="LUC104",
    name="unsendable-type",
    message="no page can send a {type}: write for example `{write}`",
    why="The type decides which control the page shows; for this one there is none, and the port "
    "does not start.",
    valid=(
        """
        import numpy as np
        from typing import Annotated, Literal
        from pydantic import Field
        from lucid import InputFile, LucidSession, image_input, input

        class MySession(LucidSession):
            @input()
            def set_seed_frame(self, image: InputFile = image_input()) -> None: ...

            @input()
            def tune(self, a: Annotated[float, Field(ge=0)], b: Literal["x"] = "x") -> None: ...

            def draw(self, frame: np.ndarray) -> None: ...
        """,
    ),
    invalid=(
        Invalid(
            """
            import numpy as np
            from lucid import LucidSession, input

            class MySession(LucidSession):
                @input()
                def set_seed_frame(self, image: np.ndarray) -> None: ...
            """,
            line=6,
            column=37,
        ),
        Invalid(
            """
            from typing import Annotated, Any
            from lucid import LucidSession, input

            class MySession(LucidSession):
                @input()
                def tune(self, value: Annotated[Any, "anything"]) -> None: ...
            """,
            line=6,
            column=27,
        ),
    ),
    check=_check,
)
