"""``lucid rule``: explain a rule of `lucid check`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from lucid.cli.printing import echo, echo_json

if TYPE_CHECKING:
    from lucid.check.rule import Rule


def rule(
    code: Annotated[
        str | None, typer.Argument(help="A code such as LUC106, or a name; by default, list all.")
    ] = None,
    json_output: Annotated[
        bool, typer.Option("--json", help="Print a JSON list of rules.")
    ] = False,
) -> None:
    """Explain a rule of `lucid check`: what it finds, why it matters and how to fix it."""
    from lucid.check.rules import RULES

    rules = RULES if code is None else (_find(code),)
    if json_output:
        echo_json([_as_dict(each) for each in rules])
    elif code is None:
        echo("\n".join(f"{each.code}  {each.name}" for each in rules))
    else:
        echo(_page(rules[0]))


def _find(code: str) -> Rule:
    from lucid.check.rules import RULES
    from lucid.errors import TargetError

    for rule in RULES:
        if code.upper() == rule.code or code.lower() == rule.name:
            return rule
    raise TargetError(f"there is no rule {code!r}", hint="`lucid rule` lists all rules")


def _page(rule: Rule) -> str:
    """Return the rule's section of docs/rules.md."""
    from lucid._data import data_dir

    document = (data_dir("docs") / "rules.md").read_text("utf-8")
    _, _, rest = document.partition(f"\n### {rule.code} ")
    return f"{rule.code} {rest.partition(chr(10) + '### ')[0].rstrip()}"


def _as_dict(rule: Rule) -> dict[str, Any]:
    return {"code": rule.code, "name": rule.name, "message": rule.message, "why": rule.why}
