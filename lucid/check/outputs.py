"""The outputs that a port declares and what it publishes to them, read from its text."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from lucid.check.module import Call, Class, Module
from lucid.check.port import ForeignCall, Port, Value, argument

_DECLARATIONS = {f"lucid.publish.{kind}" for kind in ("video", "audio", "json", "bytes")}


@dataclass(frozen=True)
class Declared:
    """A call of ``publish.video`` or one of its kin in a model's outputs."""

    name: str
    kind: str
    call: ForeignCall


@dataclass(frozen=True)
class Published:
    """A call of ``self.ctx.publish`` in a session."""

    module: Module
    call: Call
    name: ast.expr
    sample: ast.expr | None


def is_declaration(port: Port, value: Value) -> bool:
    """Whether an expression is a call of ``publish.video`` or one of its kin."""
    call = port.foreign_call(value)
    return call is not None and call.name in _DECLARATIONS


def output_calls(port: Port, model: Class) -> list[ForeignCall]:
    """The declarations among a model's outputs, as far as the text tells."""
    outputs = port.attribute(model, "outputs")
    calls = map(port.foreign_call, (port.elements(outputs) if outputs else None) or ())
    return [call for call in calls if call and call.name in _DECLARATIONS]


def declared_outputs(port: Port, model: Class) -> list[Declared] | None:
    """A model's outputs; None where the text leaves one open."""
    outputs = port.attribute(model, "outputs")
    elements = port.elements(outputs) if outputs else None
    calls = output_calls(port, model)
    if elements is None or len(calls) != len(elements):
        return None
    found: list[Declared] = []
    for call in calls:
        given = call.argument("name")
        name = port.literal(given) if given else None
        if not isinstance(name, str):
            return None
        found.append(Declared(name, call.name.removeprefix("lucid.publish."), call))
    return found


def session_outputs(port: Port) -> dict[Class, list[Declared]]:
    """What the models of a session class declare together, where all of it is known."""
    found: dict[Class, list[Declared]] = {}
    for model in port.served_models:
        session, outputs = port.session_of(model), declared_outputs(port, model)
        if session is None or outputs is None:
            return {}
        found.setdefault(session, []).extend(outputs)
    return found


def published(port: Port) -> Iterator[Published]:
    """Every publish in a class of the port."""
    for module in port.modules.values():
        for call in module.calls:
            if call.inside and call.callee == "self.ctx.publish":
                name, sample = _given(call.node, 0, "name"), _given(call.node, 1, "sample")
                if name:
                    yield Published(module, call, name, sample)


def _given(call: ast.Call, index: int, name: str) -> ast.expr | None:
    first = call.args[: index + 1]
    if len(first) > index and not any(isinstance(given, ast.Starred) for given in first):
        return first[index]
    return argument(call, name)


def samples(port: Port, kinds: tuple[str, ...]) -> Iterator[tuple[Published, Value, Declared]]:
    """What sessions publish to known outputs of these kinds: the call, the sample, the output."""
    outputs = session_outputs(port)
    for found in published(port):
        name = port.literal(Value(found.module, found.name, found.call.function))
        declared = outputs.get(found.call.inside, ()) if found.call.inside else ()
        matching = [output for output in declared if output.name == name]
        if len(matching) == 1 and matching[0].kind in kinds and found.sample:
            sample = Value(found.module, found.sample, found.call.function)
            yield found, sample, matching[0]
