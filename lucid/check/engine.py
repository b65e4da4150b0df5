"""Check source files: parse them, run the rules, and drop the findings that authors accept."""

from collections.abc import Collection, Sequence
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
    """Check one file alone, without the rules that need the rest of its port."""
    return check(SourceTree((SourceFile(path, Path(path).stem, source),)))


def check(tree: SourceTree, codes: Collection[str] | None = None) -> list[Diagnostic]:
    """Return the findings in the files, by path and position; with ``codes``, only theirs."""
    port = read_port_text(tree)
    rules = [rule for rule in RULES if codes is None or rule.code in codes]
    looked_for = {rule.code for rule in rules}
    found = {diagnostic for rule in rules for diagnostic in rule.check(port)}
    modules = {module.path: module for module in port.modules.values()}
    kept = [diagnostic for diagnostic in found if diagnostic.path not in modules]
    for path, module in modules.items():
        kept += _keep(module, [each for each in found if each.path == path], looked_for)
    return sorted(kept, key=attrgetter("path", "line", "column", "code", "message"))


def read_port_text(tree: SourceTree) -> Port:
    """Parse the files of a port."""
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
) -> list[Diagnostic]:
    """Return the findings that no noqa accepts, and those about noqas that accept nothing."""
    noqas = list(read_noqas(module))
    used: set[NoqaCode] = set()
    kept = [d for d in diagnostics if not _accepted(d, noqas, used)]
    if "LUC005" in looked_for:
        idle = [found for noqa in noqas for found in unused(module, noqa, used, looked_for)]
        kept += [d for d in idle if not _accepted(d, noqas, used)]
    return kept


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
