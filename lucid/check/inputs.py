"""The inputs that a port declares, read from its text."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import libcst as cst

from lucid.authoring.gestures import SIGNATURES, handler_arguments
from lucid.check.constants import worth
from lucid.check.decorators import Kind, Options, read_decorator
from lucid.check.module import Class, Function, Module, Value
from lucid.check.nodes import parameters
from lucid.check.port import ForeignCall, Port

KEY_ARGUMENTS = ("keys", "positive_keys", "negative_keys")


@dataclass(frozen=True)
class Gesture:
    """A call of hold, press, axis, pointer or wheel."""

    kind: str
    call: ForeignCall

    @property
    def arguments(self) -> dict[str, str]:
        """Type by name of what the handler gets after ``self``."""
        return handler_arguments(self.kind)


@dataclass(frozen=True, eq=False)
class Input:
    """A method with ``@input`` on it."""

    method: Function
    decorator: cst.BaseExpression
    options: Options | None
    """The arguments of ``input``; None: it is not called."""
    is_plain: bool
    """Whether no other decorator can change its signature."""

    @property
    def module(self) -> Module:
        """Where it is declared."""
        return self.method.module

    @property
    def node(self) -> cst.FunctionDef:
        """Its definition."""
        return self.method.node

    @property
    def name(self) -> str:
        """What a player sends."""
        return self.method.name

    @property
    def binding(self) -> Value | None:
        """The ``binding`` argument."""
        return (self.options or {}).get("binding")

    @property
    def place(self) -> cst.CSTNode:
        """Where a finding about the binding points: at it, if it stands in the decorator."""
        if self.binding is None:
            return self.node
        is_here = isinstance(self.decorator, cst.Call) and any(
            arg.value is self.binding.node for arg in self.decorator.args
        )
        return self.binding.node if is_here else self.decorator

    @property
    def parameters(self) -> list[cst.Param]:
        """What follows ``self``, as far as it has a fixed name."""
        given = self.node.params
        places = [*given.posonly_params, *given.params]
        return [param for param in parameters(self.node) if param not in places[:1]]


def own_inputs(port: Port, cls: Class) -> Iterator[Input]:
    """The inputs that a class body declares, in order; of one name there may be two."""
    for method in cls.methods:
        decorators = [each.decorator for each in method.node.decorators]
        for decorator in decorators:
            found = read_decorator(port, cls.module.at(decorator))
            if found is Kind.BARE or isinstance(found, Mapping):
                options = found if isinstance(found, Mapping) else None
                yield Input(method, decorator, options, is_plain=len(decorators) == 1)


def hidden_inputs(port: Port, cls: Class) -> Iterator[tuple[Function, cst.BaseExpression]]:
    """The methods of a class that may be inputs, by a decorator that the text does not explain."""
    for method in cls.methods:
        decorators = [each.decorator for each in method.node.decorators]
        kinds = [read_decorator(port, cls.module.at(each)) for each in decorators]
        if Kind.HIDDEN in kinds and all(kind in (None, Kind.HIDDEN) for kind in kinds):
            yield method, decorators[kinds.index(Kind.HIDDEN)]


def all_inputs(port: Port) -> Iterator[Input]:
    """The inputs that any class of the port declares."""
    for cls in port.classes:
        yield from own_inputs(port, cls)


def session_inputs(port: Port, session: Class) -> list[Input]:
    """The inputs of a session, inherited ones included; an override keeps its place, and an
    undecorated one is not an input."""
    found: dict[str, Input] = {}
    for cls in reversed(port.lineage(session).classes):
        own = {declared.name: declared for declared in own_inputs(port, cls)}
        for name in cls.members:
            if name in own:
                found[name] = own[name]
            else:
                found.pop(name, None)
    return list(found.values())


def gesture(port: Port, value: Value | None) -> Gesture | None:
    """The gesture that an expression makes, if it makes one."""
    call = port.foreign_call(value)
    kind = call.name.removeprefix("lucid.") if call else ""
    is_gesture = call and call.name == f"lucid.{kind}" and kind in SIGNATURES
    return Gesture(kind, call) if call and is_gesture else None


def bound_sources(port: Port, declared: Input) -> Iterator[tuple[str, str | int, Value]]:
    """Each key and mouse button that an input is bound to: (argument, key, where)."""
    bound = gesture(port, declared.binding)
    for name in (*KEY_ARGUMENTS, "mouse_buttons") if bound else ():
        for element in port.elements(bound.call.argument(name) if bound else None) or ():
            literal = worth(port, element)
            if isinstance(literal, str | int):
                yield name, literal, element
