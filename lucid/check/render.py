"""Print diagnostics as text for people, and as JSON."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from itertools import groupby
from typing import Any

from lucid._text import counted
from lucid.check.diagnostics import Diagnostic

_AROUND = 2  # lines of context before and after
_TAB = "    "
_RED, _BLUE, _BOLD, _RESET = "\033[1;31m", "\033[1;34m", "\033[1m", "\033[0m"


def concise(diagnostics: Sequence[Diagnostic]) -> str:
    """Return one line for each: ``path:line:column: CODE message``."""
    return "\n".join(
        _printable(f"{d.path}:{d.line}:{d.column}: {d.code} {d.message}") for d in diagnostics
    )


def as_json(diagnostics: Sequence[Diagnostic]) -> str:
    """Return a JSON list of objects; end_line and end_column are exclusive."""
    return json.dumps([_as_dict(diagnostic) for diagnostic in diagnostics], indent=2)


def full(diagnostics: Sequence[Diagnostic], texts: Mapping[str, str], *, colour: bool) -> str:
    """Return each finding with the code around it, file by file."""
    blocks: list[str] = []
    for path, group in groupby(diagnostics, key=lambda d: d.path):
        lines = re.split(r"\r\n|\r|\n", texts.get(path, ""))
        blocks += ["\n".join(_block(diagnostic, lines, colour)) for diagnostic in group]
    return "\n\n".join(blocks)


def summary(diagnostics: Sequence[Diagnostic], file_count: int, fixed: int = 0) -> str:
    """Return the last lines: the number of findings, and of those that can be fixed."""
    before = f"Fixed {counted(fixed, 'finding')}. " if fixed else ""
    notes = sum(diagnostic.is_note for diagnostic in diagnostics)
    if notes:
        wrong = [diagnostic for diagnostic in diagnostics if not diagnostic.is_note]
        return f"{summary(wrong, file_count, fixed)}; {counted(notes, 'question')} left open"
    if not diagnostics:
        return f"{before}No findings: {counted(file_count, 'file')} checked"
    files = len({diagnostic.path for diagnostic in diagnostics})
    found = f"{before}{counted(len(diagnostics), 'finding')} in {counted(files, 'file')}"
    fixes = [diagnostic.fix for diagnostic in diagnostics if diagnostic.fix]
    safe = sum(fix.is_safe for fix in fixes)
    ways = [f"{safe} with --fix"] if safe else []
    ways += [f"{len(fixes) - safe} with --fix --unsafe-fixes"] if len(fixes) > safe else []
    return f"{found}\nCan be fixed: {', '.join(ways)}" if ways else found


def _as_dict(diagnostic: Diagnostic) -> dict[str, Any]:
    """Return a diagnostic as a dictionary; the fields of its range become fields of their own."""
    found = asdict(diagnostic)
    found |= found.pop("range") | {"fix": found.pop("fix")}  # moves it to the end
    for edit in found["fix"]["edits"] if found["fix"] else ():
        edit |= edit.pop("range")
    return found


def _block(diagnostic: Diagnostic, lines: Sequence[str], colour: bool) -> Iterator[str]:
    def paint(style: str, text: str) -> str:
        return f"{style}{text}{_RESET}" if colour else text

    where = f"{diagnostic.path}:{diagnostic.line}:{diagnostic.column}"
    yield f"{paint(_RED, diagnostic.code)} {paint(_BOLD, _printable(diagnostic.message))}"
    first = max(1, diagnostic.line - _AROUND)
    last = min(len(lines), diagnostic.line + _AROUND)
    width = len(str(last))
    yield f"{' ' * width}{paint(_BLUE, '-->')} {_printable(where)}"
    if lines == [""] or first > last:
        return
    bar = paint(_BLUE, "|")
    yield f"{' ' * width} {bar}"
    for number in range(first, last + 1):
        text = _printable(lines[number - 1])
        yield f"{paint(_BLUE, f'{number:>{width}}')} {bar} {text}".rstrip()
        if number == diagnostic.line:
            before, under = _caret(diagnostic, lines[number - 1])
            yield f"{' ' * width} {bar} {' ' * before}{paint(_RED, '^' * under)}"
    yield f"{' ' * width} {bar}"
    if diagnostic.fix:
        how = "--fix" if diagnostic.fix.is_safe else "--fix --unsafe-fixes"
        yield f"{' ' * width} = {_printable(diagnostic.fix.title)} ({how})"


def _caret(diagnostic: Diagnostic, line: str) -> tuple[int, int]:
    """Return the cells before the caret, and the number of cells to underline."""
    start = diagnostic.column - 1
    where = diagnostic.range
    end = where.end_column - 1 if where.end_line == where.line else len(line)
    before = _cells(_printable(line[:start]))
    return before, max(1, _cells(_printable(line[start:end])))


def _cells(text: str) -> int:
    """Return how many cells a terminal uses for the text."""
    if text.isascii():
        return len(text)
    from rich.cells import cell_len

    return cell_len(text)


def _printable(text: str) -> str:
    """Return the text without tabs and without characters that control the terminal."""
    text = text.replace("\t", _TAB)
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text)
