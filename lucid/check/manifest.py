"""A port's manifest from its text alone: the same as the runtime's, and nothing is imported."""

from __future__ import annotations

import ast
import inspect
from typing import Any

from lucid.authoring.definition import manifest
from lucid.authoring.inputs import input as declare_input
from lucid.authoring.manifest import Manifest
from lucid.authoring.model import LucidModel
from lucid.authoring.session import LucidSession
from lucid.check.constants import Unknown
from lucid.check.declared import Declared
from lucid.check.inputs import Input, session_inputs
from lucid.check.module import Class
from lucid.check.port import Port, Value
from lucid.errors import TargetError

_MODEL_ATTRIBUTES = ("name", "description", "max_sessions", "outputs")


def static_manifest(port: Port) -> Manifest:
    """The manifest of the port's entry.

    A class with the same declarations is made from the text and read as the runtime reads one, so
    what it refuses is refused here too, in the same words.

    Raises:
        DeclarationError: names the class, the member and what to write instead.
        TargetError: a file cannot be read, or the text does not say what is declared.
    """
    model = _entry(port)
    session = port.session_of(model)
    declared = Declared(port)
    body: dict[str, Any] = {}
    try:
        for name in _MODEL_ATTRIBUTES:
            if given := port.attribute(model, name):
                body[name] = declared.value(given)
            elif not port.lacks(model, name):
                raise Unknown(Value(model.module, ast.copy_location(ast.Name(name), model.node)))
        if session:
            body["session_cls"] = _session_class(port, session, declared)
        elif not port.lacks(model, "session_cls"):
            raise Unknown(_of_class(model))
    except Unknown as unknown:
        raise _unreadable(unknown.value) from None
    return manifest(type(model.name, (LucidModel,), body))


def _entry(port: Port) -> Class:
    for path, fault in port.faults.items():
        raise TargetError(
            f"{path}:{fault.range.line}:{fault.range.column}: {fault.message}",
            hint="run `lucid check` on the port",
        )
    entry = port.entry and port.follow(f"{port.entry.module}.{port.entry.class_name}")
    if not isinstance(entry, Class) or entry not in port.models:
        named = f"{port.entry.module}:{port.entry.class_name}" if port.entry else "the port"
        raise TargetError(
            f"{named} is no LucidModel that the text shows", hint="run `lucid check` on the port"
        )
    return entry


def _session_class(port: Port, session: Class, declared: Declared) -> type[LucidSession[Any]]:
    if not port.lineage(session).is_known:
        raise Unknown(_of_class(session))
    body = {given.name: _handler(given, declared) for given in session_inputs(port, session)}
    return type(session.name, (LucidSession,), body)


def _handler(given: Input, declared: Declared) -> Any:
    """A function with the input's signature and options, and no body."""
    if not given.is_plain:
        raise Unknown(Value(given.module, given.method.node.decorator_list[0]))

    def handler(self: object) -> None:
        """Never called."""

    node = given.method.node
    parameters: list[inspect.Parameter] = []
    hints: dict[str, Any] = {}
    kinds = (
        (node.args.posonlyargs, inspect.Parameter.POSITIONAL_ONLY),
        (node.args.args, inspect.Parameter.POSITIONAL_OR_KEYWORD),
        ([node.args.vararg] if node.args.vararg else [], inspect.Parameter.VAR_POSITIONAL),
        (node.args.kwonlyargs, inspect.Parameter.KEYWORD_ONLY),
        ([node.args.kwarg] if node.args.kwarg else [], inspect.Parameter.VAR_KEYWORD),
    )
    for arguments, kind in kinds:
        for argument in arguments:
            written = given.default(argument)
            default = declared.value(Value(given.module, written)) if written else _NOTHING
            parameters.append(inspect.Parameter(argument.arg, kind, default=default))
            if argument.annotation and len(parameters) > 1:
                hints[argument.arg] = declared.annotation(Value(given.module, argument.annotation))
    handler.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]  # inspect reads it
    handler.__annotations__ = hints
    handler.__name__ = given.name
    if not isinstance(given.decorator, ast.Call):
        owner = given.method.owner
        handler.__qualname__ = f"{owner.name}.{given.name}" if owner else given.name
        return declare_input(handler)  # type: ignore[arg-type]  # refused, as at run time
    options = {
        option.arg: declared.value(Value(given.module, option.value))
        for option in given.decorator.keywords
        if option.arg
    }
    return declare_input(**options)(handler)


_NOTHING = inspect.Parameter.empty


def _of_class(cls: Class) -> Value:
    return Value(cls.module, ast.copy_location(ast.Name(cls.name), cls.node))


def _unreadable(value: Value) -> TargetError:
    where = value.module.range(value.node)
    return TargetError(
        f"{value.module.path}:{where.line}:{where.column}: the text alone does not say what "
        f"`{ast.unparse(value.node)}` is",
        hint="`lucid manifest` without --static imports the port and asks it",
    )
