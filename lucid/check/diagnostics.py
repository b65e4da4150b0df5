"""What check finds, and how a finding is fixed."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Range:
    """A stretch of text: 1-based lines and columns in characters, the end exclusive."""

    line: int
    column: int
    end_line: int
    end_column: int


FILE_START = Range(1, 1, 1, 1)


@dataclass(frozen=True)
class Edit:
    """Text to put in place of a range of the finding's file."""

    range: Range
    text: str


@dataclass(frozen=True)
class Fix:
    """What repairs a finding."""

    title: str
    """An imperative, such as "Add parentheses"."""
    edits: tuple[Edit, ...]
    is_safe: bool
    """Whether the port does the same afterwards, or works where it did not work at all."""


@dataclass(frozen=True)
class Diagnostic:
    """One finding about a port's source; the message says how to fix it."""

    code: str
    message: str
    path: str
    range: Range
    fix: Fix | None = None
    is_note: bool = False
    """Whether it is something left to decide, not something wrong: it fails no check."""

    @property
    def line(self) -> int:
        """Where it begins."""
        return self.range.line

    @property
    def column(self) -> int:
        """Where it begins."""
        return self.range.column
