"""Rules about the model class that a port names, and about its files."""

from collections.abc import Iterator
from enum import Enum

import libcst as cst

from lucid.check.constants import is_enum, worth
from lucid.check.diagnostics import FILE_START
from lucid.check.module import Class, Module
from lucid.check.nodes import dotted
from lucid.check.port import Port
from lucid.check.rule import Findings, rule


class _EntryFault(Enum):
    """The reason why the entry point names no model class."""

    NO_FILE = "there is no such file"
    NO_CLASS = "that file has no such class"
    NO_MODEL = "that class is not a LucidModel"
    NO_MODEL_AT_ALL = "no class of the port is a LucidModel"


@rule(
    "LUC001",
    message="this file cannot be read: {problem}",
    why="A port with such a file does not import, so it does not start. The check reads nothing "
    "else in the file until this is fixed.",
)
def syntax_error(port: Port) -> Findings:
    for path, fault in port.faults.items():
        yield syntax_error.in_file(path, fault.range, problem=fault.message)


@rule(
    "LUC002",
    message="no class of this port derives from LucidModel: write `class {model}(LucidModel)`",
    why="`lucid serve` loads the model class. Without one there is nothing to play.",
)
def no_model(port: Port) -> Findings:
    if port.entry and _entry_fault(port) is _EntryFault.NO_MODEL_AT_ALL:
        path = port.modules[port.entry.module].path
        yield no_model.in_file(path, FILE_START, model=port.entry.class_name)


@rule(
    "LUC003",
    message='the entry point "{entry}" names no model, because {problem}: write {write}',
    why="`lucid serve` loads the class that `port` in [tool.lucid] names. If it names none, "
    "nothing starts.",
)
def entry_point(port: Port) -> Findings:
    fault = _entry_fault(port)
    if port.entry is None or fault is None or fault is _EntryFault.NO_MODEL_AT_ALL:
        return
    found = [f'"{model.module.name}:{model.name}"' for model in port.served_models]
    yield entry_point.in_file(
        port.entry.path,
        port.entry.range,
        entry=f"{port.entry.module}:{port.entry.class_name}",
        problem=fault.value,
        write=" or ".join(found) or '"module:Class" of your LucidModel',
    )


def _entry_fault(port: Port) -> _EntryFault | None:
    """Return what is certainly wrong with the entry point, or None."""
    if port.entry is None or port.faults:
        return None
    module = port.modules.get(port.entry.module)
    if module is None:
        return _EntryFault.NO_FILE
    named = port.follow(f"{port.entry.module}.{port.entry.class_name}")
    if named is None and not module.top(port.entry.class_name):
        if port.hides(module, port.entry.class_name) or module.top("__getattr__"):
            return None
        return _EntryFault.NO_CLASS if _may_have_model(port) else _EntryFault.NO_MODEL_AT_ALL
    if not isinstance(named, Class) or named in port.models or not port.lineage(named).is_known:
        return None
    return _EntryFault.NO_MODEL if _may_have_model(port) else _EntryFault.NO_MODEL_AT_ALL


def _may_have_model(port: Port) -> bool:
    return any(
        cls in port.models or not (port.lineage(cls).is_known or is_enum(port, cls))
        for cls in port.classes
    )


@rule(
    "LUC006",
    message="{problem}: write `{write}`",
    why="The session class says what a player can do. Without it the port does not start.",
)
def no_session_cls(port: Port) -> Findings:
    session = port.sessions[0].name if len(port.sessions) == 1 else "MySession"
    for model in port.served_models:
        given = port.session_of(model)
        if port.lacks(model, "session_cls"):
            problem = f"the body of {model.name} has no session_cls"
            write = f"session_cls = {session}"
            yield no_session_cls.of(model, problem=problem, write=write)
        elif given and port.lineage(given).is_known and given not in port.sessions:
            problem = f"the session_cls of {model.name} does not derive from LucidSession"
            yield no_session_cls.of(
                given, problem=problem, write=f"class {given.name}(LucidSession)"
            )


@rule(
    "LUC008",
    message='{model} has no name: write for example `name = "my-model"` in its body',
    why="The page shows the name over the picture. Without it the port does not start.",
)
def no_name(port: Port) -> Findings:
    for model in port.served_models:
        given = port.attribute(model, "name")
        if port.lacks(model, "name"):
            yield no_name.of(model, model=model.name)
        elif given and worth(port, given) == "":
            yield no_name.of(given, model=model.name)


@rule(
    "LUC009",
    message="this imports the port's own package `{package}`, which has no `{name}`: give the "
    "package another name than the library",
    why="Python finds the port's package instead of the library with that name, so the port does "
    "not start.",
)
def hides_module(port: Port) -> Findings:
    package = port.entry.module.partition(".")[0] if port.entry else ""
    for module in port.modules.values() if not port.faults else ():
        for node in module.imports:
            missing = next((name for name in _imported_from_package(module, node, package)
                            if not _package_has(port, name)), None)  # fmt: skip
            if missing:
                yield hides_module.at(module, node, package=package, name=missing)


def _imported_from_package(
    module: Module, node: cst.Import | cst.ImportFrom, package: str
) -> Iterator[str]:
    """Yield the dotted names that an absolute import takes from the port's own package."""
    if isinstance(node.names, cst.ImportStar):
        return
    if isinstance(node, cst.ImportFrom):
        source = dotted(node.module) or ""
        names = [f"{source}.{dotted(alias.name)}" for alias in node.names]
        yield from names if source.partition(".")[0] == package and not node.relative else ()
        return
    for alias in node.names:
        name = dotted(alias.name) or ""
        if name.partition(".")[0] != package:
            continue
        yield name
        if alias.asname is None or name == package:
            local = dotted(alias.asname.name) if alias.asname else package
            for used, _ in module.attributes:
                if dotted(used.value) == local:
                    yield f"{package}.{used.attr.value}"


def _package_has(port: Port, name: str) -> bool:
    """Return whether the package has, or may have, something of this dotted name."""
    if name in port.modules or any(known.startswith(f"{name}.") for known in port.modules):
        return True
    owner, _, attribute = name.rpartition(".")
    module = port.modules.get(owner)
    if module is None:
        known = port.modules.get(owner.rpartition(".")[0])
        return bool(known and known.top(owner.rpartition(".")[2]))
    is_open = module.stars or module.top("__getattr__") or attribute.startswith("__")
    return bool(is_open or module.top(attribute) not in ([], [name]))
