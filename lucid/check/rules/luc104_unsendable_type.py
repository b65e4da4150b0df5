"""LUC104: an input's parameter has a type that no page can send."""

import libcst as cst

from lucid.check.inputs import all_inputs
from lucid.check.module import Value
from lucid.check.nodes import subscripts
from lucid.check.port import Port
from lucid.check.rule import Findings, rule

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
    why="The type decides which control the page shows; for this one there is none, and the port "
    "does not start.",
)
def unsendable_type(port: Port) -> Findings:
    for declared in all_inputs(port):
        for param in declared.parameters if declared.is_plain else ():
            if param.annotation is None:
                continue
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
