"""LUC124: a star import of another library that may bring Lucid's names with it."""

from collections.abc import Iterator

import libcst as cst

import lucid
from lucid.check.module import Module
from lucid.check.nodes import below
from lucid.check.port import Port
from lucid.check.rule import Findings, rule


@rule(
    "LUC124",
    message="`from {source} import *` hides from the check what `{name}` is: write "
    "`from lucid import {name}`",
    why="What the check cannot see it cannot check: inputs and outputs that are wrong stay in the "
    "port.",
)
def star_hides_lucid(port: Port) -> Findings:
    for module in port.modules.values():
        hidden: dict[cst.ImportFrom, set[str]] = {}
        for name in _names_of_lucid(module):
            star = port.hides(module, name.value)
            if star and port.resolve(module.at(name)) is None:
                hidden.setdefault(star, set()).add(name.value)
        for star, names in hidden.items():
            first = min(names)
            source = module.stars[star] or "."
            yield star_hides_lucid.at(module, star, source=source, name=first)


def _names_of_lucid(module: Module) -> Iterator[cst.Name]:
    for node in below(module.tree) if module.stars else ():
        if isinstance(node, cst.Name) and node.value in lucid.__all__ and not module.names(node):
            yield node
