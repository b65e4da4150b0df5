"""Places in a source text: lines as Python counts them, columns in characters."""

from __future__ import annotations

import re
from functools import cached_property

from lucid.check.diagnostics import Range

_NEWLINE = re.compile(r"\r\n|\r|\n")


class Text:
    """A source text and where its lines begin."""

    def __init__(self, text: str) -> None:
        self.text = text

    @cached_property
    def starts(self) -> list[int]:
        """The offset of each line."""
        return [0, *(found.end() for found in _NEWLINE.finditer(self.text))]

    @cached_property
    def newline(self) -> str:
        """What ends the first line."""
        found = _NEWLINE.search(self.text)
        return found[0] if found else "\n"

    def line(self, number: int) -> str:
        """The line without what ends it."""
        end = self.starts[number] if number < len(self.starts) else len(self.text)
        return self.text[self.starts[number - 1] : end].rstrip("\r\n")

    def column(self, line: int, utf8_offset: int) -> int:
        """The 1-based column of a character from its offset in bytes, as ``ast`` counts."""
        text = self.line(line)
        if text.isascii():
            return utf8_offset + 1
        return len(text.encode()[:utf8_offset].decode(errors="replace")) + 1

    def offset(self, line: int, column: int) -> int:
        """Where in the text a 1-based line and column is; a place past the end is the end."""
        if line > len(self.starts):
            return len(self.text)
        return min(self.starts[line - 1] + column - 1, len(self.text))

    def span(self, range_: Range) -> tuple[int, int]:
        """The offsets of a range."""
        return (
            self.offset(range_.line, range_.column),
            self.offset(range_.end_line, range_.end_column),
        )

    def place(self, offset: int) -> tuple[int, int]:
        """The 1-based line and column of an offset."""
        from bisect import bisect_right

        line = bisect_right(self.starts, offset)
        return line, offset - self.starts[line - 1] + 1

    def between(self, start: int, end: int) -> Range:
        """The range of two offsets."""
        return Range(*self.place(start), *self.place(end))
