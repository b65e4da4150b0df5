"""LUC505: a path of one machine."""

import re

from lucid.check.nodes import literal
from lucid.check.port import Port
from lucid.check.rule import Findings, rule

_OF_ONE_MACHINE = re.compile(r"(/home/|/Users/|/root/|/mnt/|[A-Za-z]:\\Users\\)\S")


@rule(
    "LUC505",
    message="this path is one machine's: write it from `Path(__file__).parent`, or make it a field "
    "of the model's config",
    why="The port plays for its author and starts nowhere else.",
)
def absolute_path(port: Port) -> Findings:
    for module in port.played:
        for text in module.strings:
            if isinstance(value := literal(text), str) and _OF_ONE_MACHINE.match(value):
                yield absolute_path.at(module, text)
