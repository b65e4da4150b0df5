"""LUC001: a file that Python cannot read."""

from collections.abc import Iterator

from lucid.check.diagnostics import Diagnostic
from lucid.check.port import Port
from lucid.check.rule import Rule


def _check(port: Port) -> Iterator[Diagnostic]:
    for path, fault in port.faults.items():
        yield RULE.in_file(path, fault.range, problem=fault.message)


RULE = Rule(
    code="LUC001",
    name="syntax-error",
    message="this file cannot be read: {problem}",
    why="A port with such a file does not import, so it does not start; nothing else in the file "
    "is checked until it can be read.",
    check=_check,
)
