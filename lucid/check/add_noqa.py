"""Accept what was found: write a noqa beside it."""

import io
import re
import tokenize
from collections.abc import Iterable, Mapping, Sequence

from lucid.check.diagnostics import Diagnostic
from lucid.check.text import Text

_OURS = re.compile(r"#\s*lucid:\s*noqa\[([^\]]*)\]")
_NEVER = {"LUC001", "LUC004", "LUC005"}
"""What a noqa cannot accept, or is about noqas."""


def add_noqas(text: str, diagnostics: Iterable[Diagnostic], reason: str) -> tuple[str, int]:
    """The text with a noqa for every finding that a comment can reach, and how many these are."""
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
    found = _OURS.search(line)
    if found is None:
        return f"{line.rstrip()}  # lucid: noqa[{', '.join(codes)}] {reason}".rstrip()
    known = [code for code in re.split(r"[\s,]+", found[1]) if code]
    both = ", ".join([*known, *(code for code in codes if code not in known)])
    return f"{line[: found.start(1)]}{both}{line[found.end(1) :]}"


def _open_ends(text: str) -> Mapping[int, bool]:
    """The lines at whose end a comment can stand: not inside a string, not before a backslash."""
    lines = io.StringIO(re.sub(r"\r\n?", "\n", text))
    found: dict[int, bool] = {}
    try:
        for token in tokenize.generate_tokens(lines.readline):
            if token.type in (tokenize.NEWLINE, tokenize.NL):
                found[token.start[0]] = True
    except (tokenize.TokenError, SyntaxError):
        return {}
    return found
