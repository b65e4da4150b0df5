"""LUC902: a port imports what Lucid keeps to itself."""

import ast
from collections.abc import Iterator

import lucid
from lucid.check.diagnostics import Diagnostic, Fix
from lucid.check.module import Module
from lucid.check.port import Port
from lucid.check.rule import Invalid, Rule, fixed

_OFFERED = ("lucid.conditioning",)
"""What is offered beside ``lucid`` itself, as it needs more than every port has."""


def _check(port: Port) -> Iterator[Diagnostic]:
    for module in port.modules.values():
        for node in module.import_froms:
            source = node.module or ""
            if node.level or "lucid" in port.modules or source.startswith(_OFFERED):
                continue
            if source.startswith("lucid."):
                yield RULE.at(module, node, _fix(module, node), source=source)


def _fix(module: Module, node: ast.ImportFrom) -> Fix | None:
    """The same names from ``lucid``, where all of them are public."""
    names = [alias.name for alias in node.names]
    if not (node.module or "").startswith("lucid.authoring") or not set(names) <= {*lucid.__all__}:
        return None
    code = module.code(node) or ""
    head, found, rest = code.partition(node.module or "")
    edit = module.replace(node, f"{head}lucid{rest}") if found else None
    return fixed("Import it from lucid", edit, is_safe=True) if edit else None


RULE = Rule(
    code="LUC902",
    name="private-api",
    message="`{source}` may change with any release: import what `lucid` itself offers",
    why="The port stops working with the next Lucid.",
    valid=(
        "from lucid import hold, publish",
        "from lucid.conditioning.mouse import scale",
        "from lucidity.parts import x",
        "import lucid",
    ),
    invalid=(
        Invalid(
            "from lucid.authoring.bindings import (\n    axis as a,  # to lean\n    hold,\n)",
            line=1,
            column=1,
            fix=("lucid.authoring.bindings", "lucid"),
        ),
        Invalid("from lucid.runtime.host import Host", line=1, column=1),
    ),
    check=_check,
)
