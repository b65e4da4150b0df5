"""What a rule is: a function with ``@rule`` in a file of ``lucid/check/rules``.

Its cases are in the file in ``tests/check/cases`` that has its code and its name.
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
"""What stands in a module."""


@dataclass(frozen=True)
class Rule:
    """One promise that the text of a port keeps."""

    code: str
    name: str
    """The function's, with hyphens."""
    message: str
    """One sentence with the fix; ``str.format`` fills its slots."""
    why: str
    """What a player notices when the rule is broken."""
    check: Callable[[Port], Findings]
    """What breaks the rule for certain: where the text leaves it open, nothing."""
    is_note: bool = False
    """Whether it names something left to decide, not something wrong."""

    def at(
        self, module: Module, where: cst.CSTNode | Range, fix: Fix | None = None, **slots: str
    ) -> Diagnostic:
        """A finding of this rule in a module; ``slots`` fill its message."""
        range_ = where if isinstance(where, Range) else module.range(where)
        return self.in_file(module.path, range_, fix, **slots)

    def of(self, placed: Placed, fix: Fix | None = None, /, **slots: str) -> Diagnostic:
        """A finding about an expression, a call, a function, a class or an input."""
        return self.at(placed.module, placed.node, fix, **slots)

    def in_file(self, path: str, where: Range, fix: Fix | None = None, **slots: str) -> Diagnostic:
        """A finding in any file."""
        return Diagnostic(self.code, self.message.format(**slots), path, where, fix, self.is_note)


def fixed(title: str, *edits: Edit, is_safe: bool) -> Fix:
    """A fix of these edits."""
    return Fix(title, edits, is_safe)


def rule(
    code: str, *, message: str, why: str, is_note: bool = False
) -> Callable[[Callable[[Port], Findings]], Rule]:
    """Make a rule of a function that finds what breaks it; the function's name is the rule's."""

    def decorate(check: Callable[[Port], Findings]) -> Rule:
        return Rule(code, check.__name__.replace("_", "-"), message, why, check, is_note)

    return decorate
