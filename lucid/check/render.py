"""Diagnostics as text for people, and as JSON."""

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
    """One line each: ``path:line:column: CODE message``."""
    return "\n".join(
        _printable(f"{d.path}:{d.line}:{d.column}: {d.code} {d.message}") for d in diagnostics
    )


def as_json(diagnostics: Sequence[Diagnostic]) -> str:
    """A list of objects; end_line and end_column are exclusive."""
    return json.dumps([_as_dict(diagnostic) for diagnostic in diagnostics], indent=2)


def full(diagnostics: Sequence[Diagnostic], texts: Mapping[str, str], *, colour: bool) -> str:
    """Each with the code around it, file by file."""
    blocks: list[str] = []
    for path, group in groupby(diagnostics, key=lambda d: d.path):
        lines = re.split(r"\r\n|\r|\n", texts.get(path, ""))
        blocks += ["\n".join(_block(diagnostic, lines, colour)) for diagnostic in group]
    return "\n\n".join(blocks)


def summary(diagnostics: Sequence[Diagnostic], file_count: int, fixed: int = 0) -> str:
    """The last lines: how many findings, or that there are none, and what would fix them."""
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
    """A range is spread over the object that has it."""
    found = asdict(diagnostic)
    found |= found.pop("range") | {"fix": found.pop("fix")}  # which comes last
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
    """Cells before the caret, and how many it underlines; a range goes on to its line's end."""
    start = diagnostic.column - 1
    where = diagnostic.range
    end = where.end_column - 1 if where.end_line == where.line else len(line)
    before = _cells(_printable(line[:start]))
    return before, max(1, _cells(_printable(line[start:end])))


def _cells(text: str) -> int:
    """How wide a terminal shows the text."""
    if text.isascii():
        return len(text)
    from rich.cells import cell_len

    return cell_len(text)


def _printable(text: str) -> str:
    """The text without tabs and without what would steer the terminal."""
    text = text.replace("\t", _TAB)
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text)
