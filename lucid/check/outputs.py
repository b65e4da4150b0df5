"""Read the outputs that a port declares, and what it publishes to them, from its source."""

from collections.abc import Iterator
from dataclasses import dataclass

from lucid.check.constants import worth
from lucid.check.module import Call, Class, Module, Value
from lucid.check.nodes import given
from lucid.check.port import ForeignCall, Port

_DECLARATIONS = {f"lucid.publish.{kind}" for kind in ("video", "audio", "json", "bytes")}


@dataclass(frozen=True)
class Declared:
    """A call of ``publish.video``, or a similar one, in a model's outputs."""

    name: str
    kind: str
    call: ForeignCall


@dataclass(frozen=True)
class Published:
    """A call of ``self.ctx.publish`` in a session."""

    call: Call
    name: Value
    sample: Value | None

    @property
    def module(self) -> Module:
        """The module that contains the call."""
        return self.call.module


def is_declaration(port: Port, value: Value) -> bool:
    """Return whether an expression is a call of ``publish.video`` or a similar one."""
    call = port.foreign_call(value)
    return call is not None and call.name in _DECLARATIONS


def output_calls(port: Port, model: Class) -> list[ForeignCall]:
    """Return a model's outputs, as far as the source shows them."""
    calls = map(port.foreign_call, port.elements(port.attribute(model, "outputs")) or ())
    return [call for call in calls if call and call.name in _DECLARATIONS]


def declared_outputs(port: Port, model: Class) -> list[Declared] | None:
    """Return a model's outputs; None if the source does not show all of them."""
    elements = port.elements(port.attribute(model, "outputs"))
    calls = output_calls(port, model)
    if elements is None or len(calls) != len(elements):
        return None
    found: list[Declared] = []
    for call in calls:
        name = worth(port, call.argument("name"))
        if not isinstance(name, str):
            return None
        found.append(Declared(name, call.name.removeprefix("lucid.publish."), call))
    return found


def session_outputs(port: Port) -> dict[Class, list[Declared]]:
    """Return the outputs of all models of a session class, if all are known."""
    found: dict[Class, list[Declared]] = {}
    for model in port.served_models:
        session, outputs = port.session_of(model), declared_outputs(port, model)
        if session is None or outputs is None:
            return {}
        found.setdefault(session, []).extend(outputs)
    return found


def published(port: Port) -> Iterator[Published]:
    """Yield every publish call in a class of the port."""
    for module in port.modules.values():
        for call in module.calls:
            if call.inside and call.callee == "self.ctx.publish":
                name, sample = given(call.node, 0, "name"), given(call.node, 1, "sample")
                if name:
                    yield Published(call, module.at(name), module.at(sample) if sample else None)


def samples(port: Port, kinds: tuple[str, ...]) -> Iterator[tuple[Published, Value, Declared]]:
    """Yield what sessions publish to known outputs of these kinds: the call, the sample, the
    output."""
    outputs = session_outputs(port)
    for found in published(port):
        name = worth(port, found.name)
        declared = outputs.get(found.call.inside, ()) if found.call.inside else ()
        matching = [output for output in declared if output.name == name]
        if len(matching) == 1 and matching[0].kind in kinds and found.sample:
            yield found, found.sample, matching[0]
