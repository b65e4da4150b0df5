"""Apply fixes to source texts."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from lucid.check.diagnostics import Diagnostic, Edit, Fix
from lucid.check.parse import parse
from lucid.check.sources import Fault, SourceFile, SourceTree
from lucid.check.text import Text

_ROUNDS = 10
"""How often to check again after fixes, because a fix may make another fix possible."""


@dataclass(frozen=True)
class Fixed:
    """A tree after its fixes."""

    tree: SourceTree
    diagnostics: list[Diagnostic]
    """The findings that are left."""
    count: int
    """The number of fixed findings."""


def fix_tree(
    tree: SourceTree,
    find: Callable[[SourceTree], list[Diagnostic]],
    *,
    unsafe: bool,
) -> Fixed:
    """Apply safe fixes, and with ``unsafe`` also the others, until none is left."""
    diagnostics, count = find(tree), 0
    for _ in range(_ROUNDS):
        files: list[SourceFile] = []
        done = 0
        for file in tree.files:
            mine = [d.fix for d in diagnostics if d.path == file.path and d.fix]
            fixed, applied = _fix_file(file, [fix for fix in mine if unsafe or fix.is_safe])
            files.append(fixed)
            done += applied
        if not done:
            break
        count += done
        tree = replace(tree, files=tuple(files))
        diagnostics = find(tree)
    return Fixed(tree, diagnostics, count)


def apply_edits(text: str, edits: Iterable[Edit]) -> str:
    """Return the text with edits that do not overlap."""
    source = Text(text)
    placed = sorted(((*source.span(edit.range), edit.text) for edit in edits), reverse=True)
    for start, end, new in placed:
        text = text[:start] + new + text[end:]
    return text


def _fix_file(file: SourceFile, fixes: Sequence[Fix]) -> tuple[SourceFile, int]:
    """Return the file after all fixes that do not touch each other, and their number."""
    source = Text(file.text)
    taken: list[tuple[int, int]] = []
    edits: list[Edit] = []
    count = 0
    for fix in fixes:
        spans = [source.span(edit.range) for edit in fix.edits]
        if not any(a <= end and start <= b for a, b in spans for start, end in taken):
            taken += spans
            edits += fix.edits
            count += 1
    repaired = replace(file, text=apply_edits(file.text, edits))
    return (file, 0) if not edits or isinstance(parse(repaired), Fault) else (repaired, count)
