"""Findings and their fixes."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Range:
    """A range of text: lines and columns in characters, counted from 1. The end is exclusive."""

    line: int
    column: int
    end_line: int
    end_column: int


FILE_START = Range(1, 1, 1, 1)


@dataclass(frozen=True)
class Edit:
    """A text that replaces a range of the finding's file."""

    range: Range
    text: str


@dataclass(frozen=True)
class Fix:
    """A repair of a finding."""

    title: str
    """An imperative, such as "Add parentheses"."""
    edits: tuple[Edit, ...]
    is_safe: bool
    """Whether the port behaves the same afterwards, or works if it did not work before."""


@dataclass(frozen=True)
class Diagnostic:
    """One finding about a port's source; the message says how to fix it."""

    code: str
    message: str
    path: str
    range: Range
    fix: Fix | None = None
    is_note: bool = False
    """Whether this is an open decision and not a mistake: a note fails no check."""

    @property
    def line(self) -> int:
        """The line of its start."""
        return self.range.line

    @property
    def column(self) -> int:
        """The column of its start."""
        return self.range.column
