"""Put fixes into source texts."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from lucid.check.diagnostics import Diagnostic, Edit
from lucid.check.sources import SourceFile, SourceTree
from lucid.check.text import Text

_ROUNDS = 10
"""How often what was fixed is checked again: one fix may make room for another."""


@dataclass(frozen=True)
class Fixed:
    """A tree after its fixes."""

    tree: SourceTree
    diagnostics: list[Diagnostic]
    """What is left."""
    count: int
    """How many findings were fixed."""


def fix_tree(
    tree: SourceTree,
    find: Callable[[SourceTree], list[Diagnostic]],
    *,
    unsafe: bool,
) -> Fixed:
    """Apply safe fixes, and the others where ``unsafe``, until none is left."""
    diagnostics, count = find(tree), 0
    for _ in range(_ROUNDS):
        files: list[SourceFile] = []
        done = 0
        for file in tree.files:
            mine = [d for d in diagnostics if d.path == file.path and d.fix]
            text, applied = _fix_text(file.text, [d for d in mine if unsafe or _is_safe(d)])
            files.append(replace(file, text=text))
            done += applied
        if not done:
            break
        count += done
        tree = replace(tree, files=tuple(files))
        diagnostics = find(tree)
    return Fixed(tree, diagnostics, count)


def apply_edits(text: str, edits: Iterable[Edit]) -> str:
    """The text with edits that do not overlap."""
    source = Text(text)
    placed = sorted(((*source.span(edit.range), edit.text) for edit in edits), reverse=True)
    for start, end, new in placed:
        text = text[:start] + new + text[end:]
    return text


def _fix_text(text: str, diagnostics: Sequence[Diagnostic]) -> tuple[str, int]:
    """The text with as many of the fixes as do not touch each other, and their number."""
    source = Text(text)
    taken: list[tuple[int, int]] = []
    edits: list[Edit] = []
    count = 0
    for diagnostic in diagnostics:
        fix = diagnostic.fix
        spans = [source.span(edit.range) for edit in fix.edits] if fix else []
        if fix and not any(a <= end and start <= b for a, b in spans for start, end in taken):
            taken += spans
            edits += fix.edits
            count += 1
    repaired = apply_edits(text, edits)
    return (repaired, count) if edits and _parses(repaired) else (text, 0)


def _is_safe(diagnostic: Diagnostic) -> bool:
    return diagnostic.fix is not None and diagnostic.fix.is_safe


def _parses(text: str) -> bool:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True
