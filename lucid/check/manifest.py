"""Make a port's manifest from its source. It equals the runtime's, but nothing is imported."""

import inspect
from dataclasses import dataclass
from typing import Any

import libcst as cst

from lucid.authoring.definition import manifest
from lucid.authoring.inputs import input as declare_input
from lucid.authoring.manifest import Manifest
from lucid.authoring.model import LucidModel
from lucid.authoring.session import LucidSession
from lucid.check.constants import Unknown
from lucid.check.declared import Declared
from lucid.check.inputs import Input, hidden_inputs, session_inputs
from lucid.check.module import Class, Value
from lucid.check.nodes import code
from lucid.check.port import Port
from lucid.errors import TargetError

_MODEL_ATTRIBUTES = (
    "name", "description", "repo", "licence", "max_sessions", "outputs", "presets"
)  # fmt: skip


def static_manifest(port: Port) -> Manifest:
    """Return the manifest of the port's entry.

    This makes a class with the same declarations from the source and reads it as the runtime does,
    so both refuse the same ports with the same messages.

    Raises:
        DeclarationError: it names the class, the member and what to write instead.
        TargetError: a file cannot be read, or the source does not show what is declared.
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
                raise Unknown(_of_class(model, name))
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
            f"the source does not show that {named} is a LucidModel",
            hint="run `lucid check` on the port",
        )
    return entry


def _session_class(port: Port, session: Class, declared: Declared) -> type[LucidSession[Any]]:
    line = port.lineage(session)
    if not line.is_known:
        raise Unknown(_of_class(session))
    for cls in line.classes:
        for method, decorator in hidden_inputs(port, cls):
            raise Unknown(method.module.at(decorator))
    body = {given.name: _handler(given, declared) for given in session_inputs(port, session)}
    return type(session.name, (LucidSession,), body)


def _handler(given: Input, declared: Declared) -> Any:
    """Return a function with the input's signature and options, and without a body."""
    if not given.is_plain:
        raise Unknown(given.module.at(given.node.decorators[0].decorator))

    def handler(self: object) -> None:
        """Never called."""

    written = given.node.params
    kinds = (
        (written.posonly_params, inspect.Parameter.POSITIONAL_ONLY),
        (written.params, inspect.Parameter.POSITIONAL_OR_KEYWORD),
        ([written.star_arg], inspect.Parameter.VAR_POSITIONAL),
        (written.kwonly_params, inspect.Parameter.KEYWORD_ONLY),
        ([written.star_kwarg], inspect.Parameter.VAR_KEYWORD),
    )
    parameters: list[inspect.Parameter] = []
    hints: dict[str, Any] = {}
    for params, kind in kinds:
        for param in params:
            if not isinstance(param, cst.Param):
                continue
            name, default = param.name.value, inspect.Parameter.empty
            if param.default:
                default = declared.value(given.module.at(param.default))
            parameters.append(inspect.Parameter(name, kind, default=default))
            if param.annotation and len(parameters) > 1:
                hints[name] = declared.annotation(given.module.at(param.annotation.annotation))
    handler.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]  # inspect reads it
    handler.__annotations__ = hints
    handler.__name__ = given.name
    if given.options is None:
        owner = given.method.owner
        handler.__qualname__ = f"{owner.name}.{given.name}" if owner else given.name
        return declare_input(handler)  # type: ignore[arg-type]  # refused, as at run time
    options = {name: declared.value(value) for name, value in given.options.items()}
    return declare_input(**options)(handler)


def _of_class(cls: Class, name: str | None = None) -> Value:
    """Return a class, or a name in it that the source does not show, as a value with a position."""
    return _Named(cls.module, cls.node.name, shown=name or cls.name)


@dataclass(frozen=True)
class _Named(Value):
    shown: str = ""


def _unreadable(value: Value) -> TargetError:
    where = value.module.range(value.node)
    shown = value.shown if isinstance(value, _Named) else code(value.node)
    return TargetError(
        f"{value.module.path}:{where.line}:{where.column}: the source does not show what "
        f"`{shown}` is",
        hint="run `lucid manifest` without --static, which imports the port",
    )
