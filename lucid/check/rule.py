"""What a rule is: a value with its own cases, alone in its file in ``lucid/check/rules``."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from lucid.check.diagnostics import Diagnostic, Edit, Fix, Range
from lucid.check.module import Module
from lucid.check.port import Port


@dataclass(frozen=True)
class Valid:
    """A module that keeps a rule, in a port with a ``lucid.lock``."""

    source: str
    lock: Mapping[str, Any]


@dataclass(frozen=True)
class Invalid:
    """A module that breaks a rule once, and where the finding is."""

    source: str
    line: int
    column: int
    fix: tuple[str, str] | None = None
    """What the fix replaces in the source and by what; all else stays as it is."""
    lock: Mapping[str, Any] | None = None


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
    valid: tuple[str | Valid, ...]
    invalid: tuple[Invalid, ...]
    check: Callable[[Port], Iterator[Diagnostic]]
    """What breaks the rule for certain: where the text leaves it open, nothing."""
    is_note: bool = False
    """Whether it names something left to decide, not something wrong."""

    def at(
        self, module: Module, where: ast.AST | Range, fix: Fix | None = None, **slots: str
    ) -> Diagnostic:
        """A finding of this rule in a module; ``slots`` fill its message."""
        range_ = where if isinstance(where, Range) else module.range(where)
        return self.in_file(module.path, range_, fix, **slots)

    def in_file(self, path: str, where: Range, fix: Fix | None = None, **slots: str) -> Diagnostic:
        """A finding in any file."""
        return Diagnostic(self.code, self.message.format(**slots), path, where, fix, self.is_note)


def fixed(title: str, *edits: Edit | None, is_safe: bool) -> Fix | None:
    """A fix of these edits; None where one of them could not be made."""
    made = tuple(edit for edit in edits if edit)
    return Fix(title, made, is_safe) if len(made) == len(edits) else None
