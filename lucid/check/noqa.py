"""``# lucid: noqa[LUC103] reason``: findings that an author accepts."""

import io
import re
import tokenize
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from lucid.check.diagnostics import Diagnostic, Range
from lucid.check.module import Comment, Module
from lucid.check.text import Text

_OURS = re.compile(r"#\s*lucid:\s*noqa\b(?:\[([^\]]*)\])?")
_COMMON = re.compile(r"#\s*noqa:\s*([A-Z][A-Z]*[0-9]+(?:[\s,]+[A-Z][A-Z]*[0-9]+)*)")
"""The form of flake8 and ruff, which may contain codes of other tools."""
_WITH_CODES = re.compile(r"#\s*lucid:\s*noqa\[([^\]]*)\]")
_NEVER = {"LUC001", "LUC004", "LUC005"}
"""Codes that a noqa cannot accept, and codes about noqas."""


@dataclass(frozen=True)
class NoqaCode:
    """A code that a noqa names."""

    code: str
    range: Range


@dataclass(frozen=True)
class Noqa:
    """A noqa, which may follow other words in its comment."""

    comment: Comment
    span: tuple[int, int]
    """(start, end) in the comment."""
    codes: tuple[NoqaCode, ...]
    is_ours: bool
    """Whether it is written as ``# lucid: noqa[...]``."""

    @property
    def range(self) -> Range:
        """Its position."""
        return self.comment.range(self.span[0], self.span[1] - self.span[0])


def read_noqas(module: Module) -> Iterator[Noqa]:
    """Yield the noqas of a module, in order."""
    for comment in module.comments:
        for pattern in (_OURS, _COMMON):
            for found in pattern.finditer(comment.text):
                codes = tuple(_codes(comment, *found.span(1))) if found[1] is not None else ()
                is_ours = pattern is _OURS
                if not is_ours:
                    codes = tuple(code for code in codes if code.code.startswith("LUC"))
                if codes or is_ours:
                    yield Noqa(comment, found.span(), codes, is_ours)


def _codes(comment: Comment, start: int, end: int) -> Iterator[NoqaCode]:
    for found in re.compile(r"[^\s,]+").finditer(comment.text, start, end):
        yield NoqaCode(found[0], comment.range(found.start(), len(found[0])))


def add_noqas(text: str, diagnostics: Iterable[Diagnostic], reason: str) -> tuple[str, int]:
    """Return the text with a noqa for each finding that a comment can reach, and their number."""
    source = Text(text)
    ends = _open_ends(text)
    codes: dict[int, list[str]] = {}
    count = 0
    for found in diagnostics:
        lines = range(found.line, found.range.end_line + 1)
        line = next((line for line in lines if line in ends), None)
        if line is not None and found.code not in _NEVER:
            wanted = codes.setdefault(line, [])
            wanted += [found.code] if found.code not in wanted else []
            count += 1
    for line, wanted in sorted(codes.items(), reverse=True):
        start = source.starts[line - 1]
        old = source.line(line)
        text = text[:start] + _with_codes(old, wanted, reason) + text[start + len(old) :]
    return text, count


def _with_codes(line: str, codes: Sequence[str], reason: str) -> str:
    found = _WITH_CODES.search(line)
    if found is None:
        return f"{line.rstrip()}  # lucid: noqa[{', '.join(codes)}] {reason}".rstrip()
    known = [code for code in re.split(r"[\s,]+", found[1]) if code]
    both = ", ".join([*known, *(code for code in codes if code not in known)])
    return f"{line[: found.start(1)]}{both}{line[found.end(1) :]}"


def _open_ends(text: str) -> Mapping[int, bool]:
    """Return the lines that can end in a comment: not inside a string, not before a backslash."""
    lines = io.StringIO(re.sub(r"\r\n?", "\n", text))
    found: dict[int, bool] = {}
    try:
        for token in tokenize.generate_tokens(lines.readline):
            if token.type in (tokenize.NEWLINE, tokenize.NL):
                found[token.start[0]] = True
    except (tokenize.TokenError, SyntaxError):
        return {}
    return found
