"""The outputs that a port declares, read from its text."""

from __future__ import annotations

from lucid.check.module import Class
from lucid.check.port import Port, Value

_DECLARATIONS = {f"lucid.publish.{kind}" for kind in ("video", "audio", "json", "bytes")}


def is_declaration(port: Port, value: Value) -> bool:
    """Whether an expression is a call of ``publish.video`` or one of its kin."""
    call = port.foreign_call(value)
    return call is not None and call.name in _DECLARATIONS


def output_names(port: Port, model: Class) -> set[str] | None:
    """The names of a model's outputs; None where the text leaves one open."""
    outputs = port.attribute(model, "outputs")
    elements = port.elements(outputs) if outputs else None
    if elements is None:
        return None
    names: set[str] = set()
    for element in elements:
        call = port.foreign_call(element)
        given = call.argument("name") if call and call.name in _DECLARATIONS else None
        name = port.literal(given) if given else None
        if not isinstance(name, str):
            return None
        names.add(name)
    return names
