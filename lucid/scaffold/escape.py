"""Escape values for generated files, so that no value can break the syntax around it.

Values come from a model repo and are not trusted until one of these functions has escaped them.
"""

import json
import math
from collections.abc import Iterable

from lucid.hub.facts import OpenQuestion

_INDENT = 4
_LONGEST_LIST = 60
"""A longer list gets one line per item."""
_LONGEST_QUOTE = 300
_PROSE = str.maketrans(
    {"`": "'", "&": "&amp;", "<": "&lt;", ">": "&gt;", "\\": "\\\\", "[": "\\[", "]": "\\]"}
)


class Escaped(str):
    """Escaped text: a template may write it without another filter."""

    __slots__ = ()


def identifier(name: str) -> Escaped:
    """Return a Python name. An ASCII identifier is harmless in every syntax."""
    if not (name.isidentifier() and name.isascii()):
        raise ValueError(f"{name!r} is not an identifier")
    return Escaped(name)


def literal(value: object, indent: int = 0) -> Escaped:
    """Return a Python literal in ASCII, formatted for a line with this ``indent``.

    Raises:
        TypeError: The value contains another type than None, bool, int, str, finite float, list
            and tuple.
    """
    if isinstance(value, list | tuple):
        opened, closed = "[]" if isinstance(value, list) else "()"
        items = [literal(item, indent + _INDENT) for item in value]
        last = "," if isinstance(value, tuple) and len(items) == 1 else ""
        line = f"{opened}{', '.join(items)}{last}{closed}"
        if items and (len(line) > _LONGEST_LIST or "\n" in line):
            margin = "\n" + " " * (indent + _INDENT)
            inside = "".join(f"{margin}{item}," for item in items)
            line = f"{opened}{inside}\n{' ' * indent}{closed}"
        return Escaped(line)
    if not _is_plain(value):
        raise TypeError(f"no Python literal for {type(value).__name__}")
    return Escaped(_quoted(value) if isinstance(value, str) else ascii(value))


def comment(text: object) -> Escaped:
    """Return the text of a one-line comment. It has no ``#``, so that tools see no directive."""
    return Escaped(_one_line(str(text).replace("#", " ")).encode("ascii", "replace").decode())


def todo(questions: Iterable[OpenQuestion], *ids: str, indent: int = 0) -> Escaped:
    """Return ``# TODO(lucid)`` lines for the questions ``ids``, then ``indent`` spaces.

    The template writes ``-}}`` after it, so that the next line starts after these spaces.
    """
    return _todo_lines((q for q in questions if q.id in ids), indent)


def todo_except(questions: Iterable[OpenQuestion], *ids: str, indent: int = 0) -> Escaped:
    """Return ``# TODO(lucid)`` lines for all questions but ``ids``; see ``todo``."""
    return _todo_lines((q for q in questions if q.id not in ids), indent)


def toml(value: object) -> Escaped:
    """Return a TOML number, or a string in ASCII."""
    if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
        return Escaped(repr(value))
    return Escaped('"' + "".join(map(_toml_character, str(value))) + '"')


def code(value: object) -> Escaped:
    """Return a Markdown code span, which shows its content literally. A long text is cut."""
    text = value if isinstance(value, str) else json.dumps(value, default=str)
    return Escaped(f"`{_cut(_one_line(text).replace('`', chr(39))) or ' '}`")


def prose(text: object) -> Escaped:
    """Return plain text on one line of Markdown, without HTML, links or code spans."""
    return Escaped(_one_line(text).translate(_PROSE))


def _quoted(text: str) -> str:
    """Return ``text`` in double quotes, or in single quotes if they need fewer backslashes."""
    plain = text.encode("unicode_escape").decode("ascii")
    quote = "'" if plain.count('"') > plain.count("'") else '"'
    return quote + plain.replace(quote, f"\\{quote}") + quote


def _is_plain(value: object) -> bool:
    if isinstance(value, float):
        return math.isfinite(value)
    return value is None or type(value) in (bool, int, str)


def _one_line(text: object) -> str:
    """Replace control, format and separator characters, which can end a line or reorder it."""
    printable = str(text)
    if not printable.isprintable():
        printable = "".join(c if c.isprintable() else " " for c in printable)
    return " ".join(printable.split())


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST_QUOTE else text[:_LONGEST_QUOTE] + "..."


def _todo_lines(questions: Iterable[OpenQuestion], indent: int) -> Escaped:
    margin = " " * indent
    lines = [
        f"{margin}# TODO(lucid): {comment(_cut(f'{asked.id}: {asked.question}'))}\n"
        for asked in questions
    ]
    return Escaped("".join(lines) + margin)


def _toml_character(character: str) -> str:
    point = ord(character)
    if character in '"\\':
        return "\\" + character
    if 0x20 <= point < 0x7F:
        return character
    if 0xD800 <= point < 0xE000:
        return "?"
    return f"\\u{point:04X}" if point < 0x10000 else f"\\U{point:08X}"
