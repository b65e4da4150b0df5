"""LUC001: a file that Python cannot read."""

from lucid.check.port import Port
from lucid.check.rule import Findings, rule


@rule(
    "LUC001",
    message="this file cannot be read: {problem}",
    why="A port with such a file does not import, so it does not start; nothing else in the file "
    "is checked until it can be read.",
)
def syntax_error(port: Port) -> Findings:
    for path, fault in port.faults.items():
        yield syntax_error.in_file(path, fault.range, problem=fault.message)
