"""Read the inputs that a port declares from its source."""

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
        """The types of the handler's arguments after ``self``, by name."""
        return handler_arguments(self.kind)


@dataclass(frozen=True, eq=False)
class Input:
    """A method with ``@input``."""

    method: Function
    decorator: cst.BaseExpression
    options: Options | None
    """The arguments of ``input``; None if it is not called."""
    is_plain: bool
    """Whether no other decorator can change the signature."""

    @property
    def module(self) -> Module:
        """The module that declares it."""
        return self.method.module

    @property
    def node(self) -> cst.FunctionDef:
        """Its definition."""
        return self.method.node

    @property
    def name(self) -> str:
        """The name of the input."""
        return self.method.name

    @property
    def binding(self) -> Value | None:
        """The ``binding`` argument."""
        return (self.options or {}).get("binding")

    @property
    def place(self) -> cst.CSTNode:
        """Where to report a problem of the binding: at the binding if it is in the decorator."""
        if self.binding is None:
            return self.node
        is_here = isinstance(self.decorator, cst.Call) and any(
            arg.value is self.binding.node for arg in self.decorator.args
        )
        return self.binding.node if is_here else self.decorator

    @property
    def parameters(self) -> list[cst.Param]:
        """The parameters after ``self`` that can be passed by name."""
        given = self.node.params
        places = [*given.posonly_params, *given.params]
        return [param for param in parameters(self.node) if param not in places[:1]]


def own_inputs(port: Port, cls: Class) -> Iterator[Input]:
    """Yield the inputs that a class body declares, in order; two may have the same name."""
    for method in cls.methods:
        decorators = [each.decorator for each in method.node.decorators]
        for decorator in decorators:
            found = read_decorator(port, cls.module.at(decorator))
            if found is Kind.BARE or isinstance(found, Mapping):
                options = found if isinstance(found, Mapping) else None
                yield Input(method, decorator, options, is_plain=len(decorators) == 1)


def hidden_inputs(port: Port, cls: Class) -> Iterator[tuple[Function, cst.BaseExpression]]:
    """Yield the methods whose decorators may make inputs, but the source does not show it."""
    for method in cls.methods:
        decorators = [each.decorator for each in method.node.decorators]
        kinds = [read_decorator(port, cls.module.at(each)) for each in decorators]
        if Kind.HIDDEN in kinds and all(kind in (None, Kind.HIDDEN) for kind in kinds):
            yield method, decorators[kinds.index(Kind.HIDDEN)]


def all_inputs(port: Port) -> Iterator[Input]:
    """Yield the inputs that all classes of the port declare."""
    for cls in port.classes:
        yield from own_inputs(port, cls)


def session_inputs(port: Port, session: Class) -> list[Input]:
    """Return the inputs of a session, including inherited inputs.

    An override keeps its place. An override without a decorator is not an input.
    """
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
    """Return the gesture that an expression makes, or None."""
    call = port.foreign_call(value)
    kind = call.name.removeprefix("lucid.") if call else ""
    is_gesture = call and call.name == f"lucid.{kind}" and kind in SIGNATURES
    return Gesture(kind, call) if call and is_gesture else None


def bound_sources(port: Port, declared: Input) -> Iterator[tuple[str, str | int, Value]]:
    """Yield each key and mouse button of an input's binding: (argument, key, place)."""
    bound = gesture(port, declared.binding)
    for name in (*KEY_ARGUMENTS, "mouse_buttons") if bound else ():
        for element in port.elements(bound.call.argument(name) if bound else None) or ():
            literal = worth(port, element)
            if isinstance(literal, str | int):
                yield name, literal, element
