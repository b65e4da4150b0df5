"""From source files to diagnostics: parse, let every rule look, drop what authors accept."""

from collections.abc import Collection, Iterator, Sequence
from operator import attrgetter
from pathlib import Path

from lucid._target import PortLocation
from lucid.check.diagnostics import Diagnostic
from lucid.check.module import Module
from lucid.check.noqa import Noqa, NoqaCode, read_noqas
from lucid.check.parse import parse
from lucid.check.port import Port
from lucid.check.rules import RULES
from lucid.check.rules.noqa import unused
from lucid.check.sources import Fault, SourceFile, SourceTree, read_tree


def check_port(location: PortLocation) -> list[Diagnostic]:
    """Read and check all files of a port.

    Raises:
        TargetError: the location names no file.
    """
    return check(read_tree(location, Path.cwd()))


def check_source(source: str, path: str) -> list[Diagnostic]:
    """Check one file alone; what needs the rest of its port is not looked at."""
    return check(SourceTree((SourceFile(path, Path(path).stem, source),)))


def check(tree: SourceTree, codes: Collection[str] | None = None) -> list[Diagnostic]:
    """Everything wrong in the files, by path and position; with ``codes``, these rules only."""
    port = read_port_text(tree)
    rules = [rule for rule in RULES if codes is None or rule.code in codes]
    found = {diagnostic for rule in rules for diagnostic in rule.check(port)}
    by_path: dict[str, list[Diagnostic]] = {}
    for diagnostic in found:
        by_path.setdefault(diagnostic.path, []).append(diagnostic)
    looked_for = {rule.code for rule in rules}
    for module in port.modules.values():
        by_path[module.path] = list(_keep(module, by_path.get(module.path, ()), looked_for))
    kept = [diagnostic for diagnostics in by_path.values() for diagnostic in diagnostics]
    return sorted(kept, key=attrgetter("path", "line", "column", "code", "message"))


def read_port_text(tree: SourceTree) -> Port:
    """The parsed files of a port."""
    modules: dict[str, Module] = {}
    faults: dict[str, Fault] = {}
    for file in tree.files:
        parsed = parse(file)
        if isinstance(parsed, Fault):
            faults[file.path] = parsed
        else:
            modules[file.module] = parsed
    return Port(modules, faults, tree.entry, tree.lock, tree.project)


def _keep(
    module: Module, diagnostics: Sequence[Diagnostic], looked_for: set[str]
) -> Iterator[Diagnostic]:
    """What no noqa accepts, and the noqas that accept nothing."""
    noqas = list(read_noqas(module))
    used: set[NoqaCode] = set()
    kept = [d for d in diagnostics if not _accepted(d, noqas, used)]
    if "LUC005" in looked_for:
        idle = [found for noqa in noqas for found in unused(module, noqa, used, looked_for)]
        kept += [d for d in idle if not _accepted(d, noqas, used)]
    yield from kept


def _accepted(diagnostic: Diagnostic, noqas: Sequence[Noqa], used: set[NoqaCode]) -> bool:
    lines = range(diagnostic.line, diagnostic.range.end_line + 1)
    accepting = {
        code
        for noqa in noqas
        if noqa.comment.line in lines
        for code in noqa.codes
        if code.code == diagnostic.code
    }
    used |= accepting
    return bool(accepting)
