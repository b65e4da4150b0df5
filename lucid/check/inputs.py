"""The inputs that a port declares, read from its text."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from lucid.authoring.gestures import SIGNATURES
from lucid.check.module import Class, Function, Module
from lucid.check.port import ForeignCall, Port, Value, argument

KEY_ARGUMENTS = ("keys", "positive_keys", "negative_keys")
INPUT = "lucid.input"


@dataclass(frozen=True)
class Gesture:
    """A call of hold, press, axis, pointer or wheel."""

    kind: str
    call: ForeignCall

    @property
    def signature(self) -> str:
        """What the handler must look like, such as ``(self, pressed: bool)``."""
        return SIGNATURES[self.kind]

    @property
    def arguments(self) -> dict[str, str]:
        """Type by name of what the handler gets after ``self``."""
        return dict(part.strip(" )").split(": ") for part in self.signature.split(",")[1:])


@dataclass(frozen=True)
class Input:
    """A method with ``@input`` on it."""

    method: Function
    decorator: ast.expr
    is_plain: bool
    """Whether no other decorator can change its signature."""

    @property
    def module(self) -> Module:
        """Where it is declared."""
        return self.method.module

    @property
    def name(self) -> str:
        """What a player sends."""
        return self.method.name

    @property
    def binding(self) -> ast.expr | None:
        """The ``binding`` argument, as written."""
        return argument(self.decorator, "binding") if isinstance(self.decorator, ast.Call) else None

    @property
    def parameters(self) -> list[ast.arg]:
        """What follows ``self``, as far as it has a fixed name."""
        declared = self.method.node.args
        return [*[*declared.posonlyargs, *declared.args][1:], *declared.kwonlyargs]

    def default(self, parameter: ast.arg) -> ast.expr | None:
        """The default of a parameter, as written."""
        declared = self.method.node.args
        places = [*declared.posonlyargs, *declared.args]
        given = dict(zip(reversed(places), reversed(declared.defaults), strict=False))
        keywords = zip(declared.kwonlyargs, declared.kw_defaults, strict=True)
        return given.get(parameter) or dict(keywords).get(parameter)


def own_inputs(port: Port, cls: Class) -> Iterator[Input]:
    """The inputs that a class body declares, in order; of one name there may be two."""
    for method in cls.methods:
        decorators = method.node.decorator_list
        for decorator in decorators:
            function = decorator.func if isinstance(decorator, ast.Call) else decorator
            if port.resolve(cls.module, function) == INPUT:
                yield Input(method, decorator, is_plain=len(decorators) == 1)


def all_inputs(port: Port) -> Iterator[Input]:
    """The inputs that any class of the port declares."""
    for cls in port.classes:
        yield from own_inputs(port, cls)


def session_inputs(port: Port, session: Class) -> list[Input]:
    """The inputs of a session, inherited ones included; an override keeps its place, and an
    undecorated one is no input."""
    found: dict[str, Input] = {}
    for cls in reversed(port.lineage(session).classes):
        own = {declared.name: declared for declared in own_inputs(port, cls)}
        for name in cls.names.bound:
            if name in own:
                found[name] = own[name]
            else:
                found.pop(name, None)
    return list(found.values())


def gesture(port: Port, value: Value) -> Gesture | None:
    """The gesture that an expression makes, if it makes one."""
    call = port.foreign_call(value)
    kind = call.name.removeprefix("lucid.") if call else ""
    return (
        Gesture(kind, call)
        if call and call.name == f"lucid.{kind}" and kind in SIGNATURES
        else None
    )


def input_gesture(port: Port, declared: Input) -> Gesture | None:
    """The gesture that an input is bound to."""
    binding = declared.binding
    return gesture(port, Value(declared.module, binding)) if binding else None


def bound_sources(port: Port, declared: Input) -> Iterator[tuple[str, str | int, Value]]:
    """Each key and mouse button that an input is bound to: (argument, key, where)."""
    bound = input_gesture(port, declared)
    for name in (*KEY_ARGUMENTS, "mouse_buttons") if bound else ():
        given = bound.call.argument(name) if bound else None
        for element in (port.elements(given) if given else None) or ():
            literal = port.literal(element)
            if isinstance(literal, str | int):
                yield name, literal, element
