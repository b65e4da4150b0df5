"""LUC902: a port imports what Lucid keeps to itself."""

import libcst as cst

import lucid
from lucid.check.diagnostics import Fix
from lucid.check.module import Module
from lucid.check.nodes import dotted
from lucid.check.port import Port
from lucid.check.rule import Findings, fixed, rule

_OFFERED = ("lucid.conditioning",)
"""What is offered beside ``lucid`` itself, as it needs more than every port has."""


@rule(
    "LUC902",
    message="`{source}` may change with any release: import what `lucid` itself offers",
    why="The port stops working with the next Lucid.",
)
def private_api(port: Port) -> Findings:
    for module in port.modules.values() if "lucid" not in port.modules else ():
        for node in module.imports:
            if isinstance(node, cst.ImportFrom) and node.module and not node.relative:
                source = dotted(node.module) or ""
                if source.startswith("lucid.") and not source.startswith(_OFFERED):
                    yield private_api.at(module, node, _fix(module, node, source), source=source)


def _fix(module: Module, node: cst.ImportFrom, source: str) -> Fix | None:
    """The same names from ``lucid``, if all of them are public."""
    if not source.startswith("lucid.authoring") or isinstance(node.names, cst.ImportStar):
        return None
    if node.module is None or not {dotted(alias.name) for alias in node.names} <= {*lucid.__all__}:
        return None
    edit = module.replace(node.module, cst.Name("lucid"))
    return fixed("Import it from lucid", edit, is_safe=True)
