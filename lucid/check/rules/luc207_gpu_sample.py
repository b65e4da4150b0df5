"""LUC207: a sample is visibly on the GPU where it must be in memory."""

import libcst as cst

from lucid.check.arrays import looks, made_by
from lucid.check.module import Value
from lucid.check.nodes import below
from lucid.check.outputs import samples
from lucid.check.port import Port
from lucid.check.rule import Findings, fixed, rule


@rule(
    "LUC207",
    message='this sample for "{name}" is on the GPU: write `.cpu()` before it becomes an array, '
    "JSON or bytes",
    why="A tensor on the GPU is no array: the first frame ends the session with an error.",
)
def gpu_sample(port: Port) -> Findings:
    for found, sample, output in samples(port, ("video", "audio", "json", "bytes")):
        made = made_by(port, sample)
        array = _converted(port, made)
        if array:
            copied = cst.Call(cst.Attribute(array, cst.Name("cpu")))
            fix = fixed("Copy it to memory first", made.module.replace(array, copied), is_safe=True)
            same_file = fix if made.module is found.module else None
            yield gpu_sample.of(sample, same_file, name=output.name)
        elif output.kind in ("json", "bytes") and looks(port, made).device == "cuda":
            yield gpu_sample.of(sample, name=output.name)


def _converted(port: Port, value: Value) -> cst.BaseExpression | None:
    """The CUDA tensor on which ``.numpy()`` is called in an expression."""
    for node in below(value.node):
        match node:
            case cst.Call(func=cst.Attribute(value=array, attr=cst.Name("numpy"))):
                if looks(port, value.part(array)).device == "cuda":
                    return array
    return None
