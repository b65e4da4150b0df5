"""What a rule is: a value with its own cases, alone in its file in ``lucid/check/rules``."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import libcst as cst

from lucid.check.diagnostics import Range
from lucid.check.port import Port


@dataclass(frozen=True)
class Finding:
    """What a rule found. A node's position is worked out later, as that is slow."""

    code: str
    message: str
    path: str
    where: cst.CSTNode | Range
    span: tuple[int, int] | None = None
    """(offset, length) of the part to point at, on the node's first line; None: all of it."""


@dataclass(frozen=True)
class Invalid:
    """A module that breaks a rule once, and where the finding is."""

    source: str
    line: int
    column: int


@dataclass(frozen=True)
class Rule:
    """One promise that the text of a port keeps.

    A case is the ``port.py`` of a port whose pyproject.toml names ``port:MyModel``; its
    indentation as a block is no part of it.
    """

    code: str
    name: str
    """As in the name of its file."""
    message: str
    """One sentence with the fix; ``str.format`` fills its slots."""
    why: str
    """What a player notices when the rule is broken."""
    valid: tuple[str, ...]
    invalid: tuple[Invalid, ...]
    check: Callable[[Port], Iterator[Finding]]
    """What breaks the rule for certain: where the text leaves it open, nothing."""

    def finding(
        self,
        path: str,
        where: cst.CSTNode | Range,
        *,
        span: tuple[int, int] | None = None,
        **slots: str,
    ) -> Finding:
        """A finding of this rule; ``slots`` fill its message."""
        return Finding(self.code, self.message.format(**slots), path, where, span)
