"""LUC009: the port's package has the name of a library that the port imports."""

from collections.abc import Iterator

import libcst as cst

from lucid.check.module import Module
from lucid.check.nodes import dotted
from lucid.check.port import Port
from lucid.check.rule import Findings, rule


@rule(
    "LUC009",
    message="this imports the port's own package `{package}`, which has no `{name}`: give the "
    "package another name than the library's",
    why="Python finds the port's package before the library of that name, so the port does not "
    "start.",
)
def hides_module(port: Port) -> Findings:
    package = port.entry.module.partition(".")[0] if port.entry else ""
    for module in port.modules.values() if not port.faults else ():
        for node in module.imports:
            missing = next((name for name in _names(module, node, package)
                            if not _is_there(port, name)), None)  # fmt: skip
            if missing:
                yield hides_module.at(module, node, package=package, name=missing)


def _names(module: Module, node: cst.Import | cst.ImportFrom, package: str) -> Iterator[str]:
    """What an absolute import of the port's own package names, by dotted name."""
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


def _is_there(port: Port, name: str) -> bool:
    """Whether the package has what a dotted name means, or may have it."""
    if name in port.modules or any(known.startswith(f"{name}.") for known in port.modules):
        return True
    owner, _, attribute = name.rpartition(".")
    module = port.modules.get(owner)
    if module is None:
        known = port.modules.get(owner.rpartition(".")[0])
        return bool(known and known.top(owner.rpartition(".")[2]))
    is_open = module.stars or module.top("__getattr__") or attribute.startswith("__")
    return bool(is_open or module.top(attribute) not in ([], [name]))
