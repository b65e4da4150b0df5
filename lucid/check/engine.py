"""From source files to diagnostics: parse, let every rule look, place what they found."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import astuple
from operator import attrgetter
from pathlib import Path

import libcst as cst
from libcst.metadata import CodeRange, MetadataWrapper, PositionProvider

from lucid._target import PortLocation
from lucid.check.diagnostics import Diagnostic, Range
from lucid.check.module import Module
from lucid.check.noqa import read_noqas
from lucid.check.parse import TOO_DEEP, parse
from lucid.check.port import Port
from lucid.check.rule import Finding
from lucid.check.rules import RULES
from lucid.check.rules.luc001_syntax_error import RULE as LUC001
from lucid.check.sources import Fault, SourceFile, SourceTree, read_tree

Positions = Mapping[cst.CSTNode, CodeRange]


def check_port(location: PortLocation) -> list[Diagnostic]:
    """Read and check all files of a port.

    Raises:
        TargetError: the location names no file.
    """
    return check(read_tree(location, Path.cwd()))


def check_source(source: str, path: str) -> list[Diagnostic]:
    """Check one file alone; what needs the rest of its port is not looked at."""
    return check(SourceTree((SourceFile(path, Path(path).stem, source),)))


def check(tree: SourceTree) -> list[Diagnostic]:
    """Everything wrong in the files, by path and position."""
    modules: dict[str, Module] = {}
    faults: dict[str, Fault] = {}
    for file in tree.files:
        parsed = parse(file)
        if isinstance(parsed, Fault):
            faults[file.path] = parsed
        else:
            modules[file.module] = parsed
    found = _look(Port(modules, faults, tree.entry))
    by_path = {module.path: module for module in modules.values()}
    diagnostics = {
        diagnostic
        for path, findings in found.items()
        for diagnostic in _place(by_path.get(path), findings)
    }
    return sorted(diagnostics, key=attrgetter("path", "line", "column", "code", "message"))


def _look(port: Port) -> dict[str, list[Finding]]:
    found: dict[str, list[Finding]] = {}
    for rule in RULES:
        for finding in rule.check(port):
            found.setdefault(finding.path, []).append(finding)
    return found


def _place(module: Module | None, findings: Sequence[Finding]) -> Iterator[Diagnostic]:
    positions: Positions = {}
    if module is not None:
        try:
            positions = MetadataWrapper(module.tree, unsafe_skip_copy=True).resolve(
                PositionProvider
            )
        except (RecursionError, KeyError):  # deep trees: some of the nodes got no position
            fault = LUC001.finding(module.path, TOO_DEEP.range, problem=TOO_DEEP.message)
            yield _diagnostic(fault, {})
            return
    kept = _suppressions(module, positions) if module else {}
    for finding in findings:
        diagnostic = _diagnostic(finding, positions)
        lines = range(diagnostic.line, diagnostic.end_line + 1)
        if not any(finding.code in kept.get(line, ()) for line in lines):
            yield diagnostic


def _suppressions(module: Module, positions: Positions) -> dict[int, set[str]]:
    codes: dict[int, set[str]] = {}
    for noqa in read_noqas(module):
        line = positions[noqa.comment].start.line
        codes.setdefault(line, set()).update(code for code, _ in noqa.codes)
    return codes


def _diagnostic(finding: Finding, positions: Positions) -> Diagnostic:
    where = finding.where
    if isinstance(where, cst.CSTNode):
        start, end = positions[where].start, positions[where].end
        where = Range(start.line, start.column + 1, end.line, end.column + 1)
    if finding.span:
        column = where.column + finding.span[0]
        where = Range(where.line, column, where.line, column + finding.span[1])
    return Diagnostic(finding.code, finding.message, finding.path, *astuple(where))
