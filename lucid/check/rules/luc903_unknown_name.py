"""LUC903: a port imports a name that Lucid does not have."""

import difflib

import libcst as cst

import lucid
from lucid.check.nodes import dotted
from lucid.check.port import Port
from lucid.check.rule import Findings, fixed, rule


@rule(
    "LUC903",
    message="lucid has no `{name}`: {hint}",
    why="The port does not import, so it does not start.",
)
def unknown_name(port: Port) -> Findings:
    for module in port.modules.values() if "lucid" not in port.modules else ():
        for node in module.imports:
            if (
                not isinstance(node, cst.ImportFrom)
                or node.relative
                or module.source_of(node) != "lucid"
            ):
                continue
            for alias in node.names if not isinstance(node.names, cst.ImportStar) else ():
                name = dotted(alias.name) or ""
                if name in (*lucid.__all__, "__version__"):
                    continue
                near = difflib.get_close_matches(name, lucid.__all__, n=1)
                fix = None
                if near:
                    edit = module.replace(alias.name, cst.Name(near[0]))
                    fix = fixed(f"Import {near[0]}", edit, is_safe=False)
                hint = f"write {near[0]}" if near else "`import lucid; dir(lucid)` lists them"
                yield unknown_name.at(module, alias.name, fix, name=name, hint=hint)
