"""What check finds."""

from __future__ import annotations

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
class Diagnostic:
    """One finding about a port's source; the message says how to fix it."""

    code: str
    message: str
    path: str
    line: int
    column: int
    end_line: int
    end_column: int
