"""Rules about libraries that another module hides, or that pyproject.toml does not require."""

import libcst as cst

from lucid.check.constants import worth
from lucid.check.libraries import DISTRIBUTIONS, are_known, installed
from lucid.check.module import Call, Module
from lucid.check.nodes import below, code, given, imported
from lucid.check.port import Port
from lucid.check.project import Project
from lucid.check.rule import Findings, rule

_RENAME = "give it another name"
_EARLIER = "import the library before `use_upstream`, or drop it from pyproject.toml"


@rule(
    "LUC010",
    message="{what} has the same name as {hidden} `{name}`, which the port needs: {remedy}",
    why="Python finds only one of the two, so the port does not start, or runs other code than it "
    "seems to.",
)
def hides_library(port: Port) -> Findings:
    project = port.project
    if port.entry is None or project is None:
        return
    required = installed(project.requirements or ())
    needed = {name for name, offered in DISTRIBUTIONS.items() if not required.isdisjoint(offered)}
    package = port.entry.module.partition(".")[0]
    used = {name for module in port.modules.values() for node in module.imports
            for name in imported(node)}  # fmt: skip
    for name in sorted(needed.intersection((project.folder, *project.modules))):
        if name == package and name in used:
            continue  # LUC009 reports the import that fails
        slots = {"what": _what(project, package, name), "name": name, "remedy": _RENAME}
        yield hides_library.in_file(
            port.entry.path, port.entry.range, None, hidden="the library", **slots
        )
    yield from _of_upstream(port, project, needed, package)


def _what(project: Project, package: str, name: str) -> str:
    if name == package:
        return "the port's package"
    return "a module of the project" if name in project.modules else "the project's folder"


def _of_upstream(port: Port, project: Project, needed: set[str], package: str) -> Findings:
    """Yield imports that find upstream's module instead of a required library, and the reverse.

    The reverse is upstream's code that finds a package of the port instead of its own module. A
    script of upstream with such a name does no harm if no other file imports it.
    """
    for call, foreign in port.foreign_calls.items():
        if foreign.name != "lucid.use_upstream":
            continue
        folder = _folder(port, call)
        if folder is None:
            continue
        own = {name for name in {package, *needed}
               if f"{folder}/{name}".lstrip("/") in project.upstream_modules}  # fmt: skip
        if package in own and project.upstream_imports_package:
            slots = {"what": "the port's package", "hidden": "the upstream module"}
            yield hides_library.of(call, None, name=package, remedy=_RENAME, **slots)
        hidden = own & needed
        for node in _imports_after(call, call.module) if hidden else ():
            for name in hidden.intersection(imported(node)):
                yield hides_library.at(
                    call.module,
                    node,
                    what="a module of the upstream code",
                    hidden="the library",
                    name=name,
                    remedy=_EARLIER,
                )


def _folder(port: Port, call: Call) -> str | None:
    """Return the folder of the checkout that ``use_upstream`` adds to the path; None if unknown."""
    named = given(call.node, 1, "folder")
    if named is None:
        return ""
    folder = worth(port, call.module.at(named))
    return folder.strip("/") if isinstance(folder, str) else None


def _imports_after(call: Call, module: Module) -> list[cst.Import | cst.ImportFrom]:
    """Return the imports below a call in the same function, which run after it."""
    inside = set(call.function.own_nodes) if call.function else set()
    line = module.range(call.node).line
    return [node for node in module.imports if node in inside and module.range(node).line > line]


@rule(
    "LUC511",
    message='`{name}` is imported, but pyproject.toml does not require it: add "{distribution}" to '
    "its dependencies",
    why="On another machine the port installs, but it does not start.",
)
def missing_requirement(port: Port) -> Findings:
    project = port.project
    if project is None or project.requirements is None or not are_known(project.requirements):
        return
    found = installed(project.requirements)
    own = {*project.modules, *(name.rpartition("/")[2] for name in project.upstream_modules)}
    for module in port.played:
        optional: set[cst.CSTNode] | None = None
        for node in module.imports:
            for name in imported(node):
                needed = DISTRIBUTIONS.get(name, ())
                if not needed or name in own or not found.isdisjoint(needed):
                    continue
                optional = _optional(module) if optional is None else optional
                if node not in optional:
                    yield missing_requirement.at(module, node, name=name, distribution=needed[0])


def _optional(module: Module) -> set[cst.CSTNode]:
    """Return the imports that may fail, or that only a type checker reads."""
    return {
        inner
        for node in below(module.tree)
        if isinstance(node, cst.Try | cst.TryStar)
        or (isinstance(node, cst.If) and "TYPE_CHECKING" in code(node.test))
        or (isinstance(node, cst.With) and "suppress" in code(node.items[0].item))
        for inner in below(node.body)
        if isinstance(inner, cst.Import | cst.ImportFrom)
    }
