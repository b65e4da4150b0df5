"""Positions in a source text: lines as Python counts them, columns in characters."""

import re
from functools import cached_property

from lucid.check.diagnostics import Range

_NEWLINE = re.compile(r"\r\n|\r|\n")


class Text:
    """A source text and the offsets of its lines."""

    def __init__(self, text: str) -> None:
        self.text = text

    @cached_property
    def starts(self) -> list[int]:
        """The offset of each line."""
        return [0, *(found.end() for found in _NEWLINE.finditer(self.text))]

    def line(self, number: int) -> str:
        """Return a line without its line end."""
        end = self.starts[number] if number < len(self.starts) else len(self.text)
        return self.text[self.starts[number - 1] : end].rstrip("\r\n")

    def offset(self, line: int, column: int) -> int:
        """Return the offset of a 1-based line and column. A position after the end is the end."""
        if line > len(self.starts):
            return len(self.text)
        return min(self.starts[line - 1] + column - 1, len(self.text))

    def span(self, range_: Range) -> tuple[int, int]:
        """Return the offsets of a range."""
        return (
            self.offset(range_.line, range_.column),
            self.offset(range_.end_line, range_.end_column),
        )
