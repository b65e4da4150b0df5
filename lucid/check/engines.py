"""Find the engine of a port, which is the class that runs the model, and calls of its methods."""

from collections.abc import Iterator

import libcst as cst

from lucid.check.module import Call, Class, Function
from lucid.check.nodes import dotted, is_literal, statements
from lucid.check.port import Port

STEP = "step"
WARM_UP = ("lucid.conditioning.warm_up", "lucid.conditioning.warmup.warm_up")


def engines(port: Port) -> list[Class]:
    """Return the classes with a ``step`` that the port creates, except models and sessions."""
    made = {call.callee.rpartition(".")[2]: call for call in port.played_calls}
    return [
        cls
        for cls in port.classes
        if cls not in port.models
        and cls not in port.sessions
        and port.method(cls, STEP)
        and cls.name in made
        and port.resolve(made[cls.name].module.at(made[cls.name].node.func)) is cls
    ]


def methods(port: Port, engine: Class) -> Iterator[Function]:
    """Yield the methods of an instance, including inherited methods."""
    for cls in port.lineage(engine).classes:
        for method in cls.methods:
            if port.method(engine, method.name) is method:
                yield method


def is_unwritten(port: Port, method: Function) -> bool:
    """Return whether a method only raises NotImplementedError."""
    for line in statements(method.node.body):
        if isinstance(line, cst.Raise) and line.exc:
            raised = line.exc.func if isinstance(line.exc, cst.Call) else line.exc
            return port.named(method.module.at(raised)) == "builtins.NotImplementedError"
        if not (isinstance(line, cst.Expr) and is_literal(line.value)):  # skip a docstring
            return False
    return False


def engine_calls(port: Port, engine: Class) -> Iterator[tuple[Call, Function]]:
    """Yield each call in a session that certainly calls a method of the engine, and that method."""
    owners = {f"self.model.{name}" for name in _attributes(port, engine)}
    for module in port.modules.values():
        for call in module.calls if owners else ():
            owner, _, name = call.callee.rpartition(".")
            if call.inside not in port.sessions or call.function is None:
                continue
            if "." not in owner:
                local = call.function.local(owner)
                owner = dotted(local) or "" if isinstance(local, cst.BaseExpression) else ""
            method = port.method(engine, name) if owner in owners else None
            if method:
                yield call, method


def _attributes(port: Port, engine: Class) -> set[str]:
    """Return the attributes of the models that hold this engine and no other class of the port."""
    found: dict[str, set[object]] = {}
    for model in port.models:
        for method in model.methods:
            for node in method.all_nodes:
                if isinstance(node, cst.Assign) and isinstance(node.value, cst.Call):
                    made = port.resolve(method.module.at(node.value.func))
                    for target in node.targets:
                        found.setdefault(dotted(target.target) or "", set()).add(made)
    return {
        name.removeprefix("self.")
        for name, made in found.items()
        if name.startswith("self.") and made <= {engine, "lucid.StubEngine"} and engine in made
    }


def misfit(method: Function, given: int, named: set[str]) -> str | None:
    """Return why a call with ``given`` positional arguments and these keywords fails; None if it
    works.

    ``self`` is not counted.
    """
    params = method.node.params
    places = [*params.posonly_params, *params.params][1:]
    names = [param.name.value for param in places]
    keywords = [param.name.value for param in params.kwonly_params]
    has_rest = isinstance(params.star_arg, cst.Param)
    if given > len(names) and not has_rest:
        return f"takes {_count(len(names))}, not {given}"
    by_name = {*names[max(given, len(params.posonly_params) - 1) :], *keywords}
    if (unknown := sorted(named - by_name)) and params.star_kwarg is None:
        return f"has no parameter `{unknown[0]}`"
    required = [param for param in [*places[given:], *params.kwonly_params] if not param.default]
    missing = [param.name.value for param in required if param.name.value not in named]
    return f"needs `{missing[0]}`" if missing else None


def _count(number: int) -> str:
    return f"{number or 'no'} argument{'' if number == 1 else 's'}"
