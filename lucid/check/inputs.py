"""The inputs that a port declares, read from its text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import libcst as cst

from lucid.authoring.bindings import (
    AxisBinding,
    HoldBinding,
    PointerBinding,
    PressBinding,
    WheelBinding,
)
from lucid.check.module import Class, Method, Module
from lucid.check.port import ForeignCall, Port, Value, argument

KEY_ARGUMENTS = ("keys", "positive_keys", "negative_keys")
_INPUT = "lucid.input"
_BINDINGS = {
    f"lucid.{binding.model_fields['kind'].default}": binding.signature
    for binding in (HoldBinding, PressBinding, AxisBinding, PointerBinding, WheelBinding)
}


@dataclass(frozen=True)
class Gesture:
    """A call of hold, press, axis, pointer or wheel."""

    kind: str
    signature: str
    """What the handler must look like, such as ``(self, pressed: bool)``."""
    call: ForeignCall

    @property
    def arguments(self) -> dict[str, str]:
        """Type by name of what the handler gets after ``self``."""
        return dict(part.strip(" )").split(": ") for part in self.signature.split(",")[1:])


@dataclass(frozen=True)
class Input:
    """A method with ``@input`` on it."""

    method: Method
    module: Module
    decorator: cst.BaseExpression
    is_plain: bool
    """Whether no other decorator can change its signature."""

    @property
    def binding(self) -> cst.BaseExpression | None:
        """The ``binding`` argument, as written."""
        return argument(self.decorator, "binding") if isinstance(self.decorator, cst.Call) else None

    @property
    def parameters(self) -> list[cst.Param]:
        """What follows ``self``, as far as it has a fixed name."""
        declared = self.method.node.params
        after_self = [*declared.posonly_params, *declared.params][1:]
        return [*after_self, *declared.kwonly_params]


def own_inputs(port: Port, cls: Class) -> Iterator[Input]:
    """The inputs that a class body declares, in order; of one name there may be two."""
    for method in cls.methods:
        decorators = [d.decorator for d in method.node.decorators]
        for decorator in decorators:
            function = decorator.func if isinstance(decorator, cst.Call) else decorator
            if port.resolve(cls.module, function) == _INPUT:
                yield Input(method, cls.module, decorator, is_plain=len(decorators) == 1)


def all_inputs(port: Port) -> Iterator[Input]:
    """The inputs that any class of the port declares."""
    for cls in port.classes:
        yield from own_inputs(port, cls)


def session_inputs(port: Port, session: Class) -> list[Input]:
    """The inputs of a session, inherited ones included; what overrides one replaces it."""
    found: dict[str, Input] = {}
    for cls in reversed(port.lineage(session).classes):
        for name in cls.names.bound:
            found.pop(name, None)
        found |= {input_.method.name: input_ for input_ in own_inputs(port, cls)}
    return list(found.values())


def gesture(port: Port, value: Value) -> Gesture | None:
    """The gesture that an expression makes, if it makes one."""
    call = port.foreign_call(value)
    if call is None or call.name not in _BINDINGS:
        return None
    return Gesture(call.name.removeprefix("lucid."), _BINDINGS[call.name], call)
