"""LUC903: a port imports a name that Lucid does not have."""

import difflib
from collections.abc import Iterator

import lucid
from lucid.check.diagnostics import Diagnostic, Edit, Fix, Range
from lucid.check.port import Port
from lucid.check.rule import Invalid, Rule


def _check(port: Port) -> Iterator[Diagnostic]:
    for module in port.modules.values():
        for node in module.import_froms:
            if node.level or node.module != "lucid" or "lucid" in port.modules:
                continue
            for alias in node.names:
                if alias.name in (*lucid.__all__, "*", "__version__"):
                    continue
                near = difflib.get_close_matches(alias.name, lucid.__all__, n=1)
                where = module.range(alias)
                end = where.column + len(alias.name)
                where = Range(where.line, where.column, where.line, end)
                fix = Fix(f"Import {near[0]}", (Edit(where, near[0]),), False) if near else None
                hint = f"write {near[0]}" if near else "`import lucid; dir(lucid)` lists them"
                yield RULE.at(module, where, fix, name=alias.name, hint=hint)


RULE = Rule(
    code="LUC903",
    name="unknown-name",
    message="lucid has no `{name}`: {hint}",
    why="The port does not import, so it does not start.",
    valid=("from lucid import LucidModel, hold, publish", "from .lucid import Thing"),
    invalid=(
        Invalid(
            "from lucid import LucidSesion as Base, hold",
            line=1,
            column=19,
            fix=("LucidSesion", "LucidSession"),
        ),
        Invalid("from lucid import Teleporter", line=1, column=19),
    ),
    check=_check,
)
