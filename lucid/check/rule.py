"""Rules: functions with ``@rule`` in a file of ``lucid/check/rules``.

The cases of a rule are in the file of ``tests/check/cases`` with its code and its name.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import libcst as cst

from lucid.check.diagnostics import Diagnostic, Edit, Fix, Range
from lucid.check.inputs import Input
from lucid.check.module import Call, Class, Function, Module, Value
from lucid.check.port import ForeignCall, Port

Findings = Iterator[Diagnostic]
Placed = Value | Call | ForeignCall | Function | Class | Input
"""Something in a module that a finding can point at."""


@dataclass(frozen=True)
class Rule:
    """One rule."""

    code: str
    name: str
    """The function's name, with hyphens."""
    message: str
    """The message with the fix; ``str.format`` fills its slots."""
    why: str
    """What a player notices when the rule is broken."""
    check: Callable[[Port], Findings]
    """Yields what certainly breaks the rule, and nothing if the source leaves it open."""
    is_note: bool = False
    """Whether a finding is an open decision and not a mistake."""

    def at(
        self, module: Module, where: cst.CSTNode | Range, fix: Fix | None = None, **slots: str
    ) -> Diagnostic:
        """Return a finding of this rule in a module; ``slots`` fill its message."""
        range_ = where if isinstance(where, Range) else module.range(where)
        return self.in_file(module.path, range_, fix, **slots)

    def of(self, placed: Placed, fix: Fix | None = None, /, **slots: str) -> Diagnostic:
        """Return a finding about an expression, a call, a function, a class or an input."""
        return self.at(placed.module, placed.node, fix, **slots)

    def in_file(self, path: str, where: Range, fix: Fix | None = None, **slots: str) -> Diagnostic:
        """Return a finding in any file."""
        return Diagnostic(self.code, self.message.format(**slots), path, where, fix, self.is_note)


def fixed(title: str, *edits: Edit, is_safe: bool) -> Fix:
    """Return a fix of these edits."""
    return Fix(title, edits, is_safe)


def rule(
    code: str, *, message: str, why: str, is_note: bool = False
) -> Callable[[Callable[[Port], Findings]], Rule]:
    """Turn a function that finds violations into a rule with the function's name."""

    def decorate(check: Callable[[Port], Findings]) -> Rule:
        return Rule(code, check.__name__.replace("_", "-"), message, why, check, is_note)

    return decorate
