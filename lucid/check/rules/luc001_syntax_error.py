"""LUC001: a file that Python cannot read."""

from collections.abc import Iterator

from lucid.check.diagnostics import Diagnostic
from lucid.check.port import Port
from lucid.check.rule import Invalid, Rule


def _check(port: Port) -> Iterator[Diagnostic]:
    for path, fault in port.faults.items():
        yield RULE.in_file(path, fault.range, problem=fault.message)


RULE = Rule(
    code="LUC001",
    name="syntax-error",
    message="this file cannot be read: {problem}",
    why="A port with such a file does not import, so it does not start; nothing else in the file "
    "is checked until it can be read.",
    valid=("x = (1, 2)", "", "async def f():\n    await g()"),
    invalid=(
        Invalid("x = (1, 2", line=1, column=5),
        Invalid("def run(self)\n    pass", line=1, column=14),
        Invalid("def run(self):\n    await self.ctx.wait_if_paused()", line=2, column=5),
    ),
    check=_check,
)
