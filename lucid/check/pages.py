"""The rules as pages: what ``lucid rule`` prints and docs/rules.md holds."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterable, Iterator

from lucid.check.diagnostics import Diagnostic, Range
from lucid.check.engine import check
from lucid.check.rule import Invalid, Rule, Valid
from lucid.check.rules import RULES
from lucid.check.sources import Entry, Lock, SourceFile, SourceTree

GROUPS = {
    "LUC0": "Files and entry point",
    "LUC1": "Inputs",
    "LUC2": "Outputs",
    "LUC3": "Async and threads",
    "LUC4": "State and lifecycle",
    "LUC5": "Weights and supply chain",
    "LUC9": "Scaffold and API",
}
_PYPROJECT = '[tool.lucid]\nport = "port:MyModel"\n'


def page(rule: Rule) -> str:
    """One rule in Markdown: the finding of its first case, why, what is wrong and what is right."""
    return "\n".join(_page(rule))


def document() -> str:
    """All rules in Markdown, by group."""
    lines = [
        "# The rules of `lucid check`",
        "",
        "Written from the rules themselves by `python -m tests.check.pages`; `lucid rule LUC106` "
        "prints one of them.",
    ]
    for prefix, title in GROUPS.items():
        rules = [rule for rule in RULES if rule.code.startswith(prefix)]
        lines += ["", f"## {title}", "", "| code | name | fix | why it matters to a player |"]
        lines += ["|---|---|---|---|"]
        lines += [f"| [{rule.code}](#{rule.code.lower()}-{rule.name}) | {rule.name} | "
                  f"{_fixability(rule)} | {rule.why} |" for rule in rules]  # fmt: skip
    for rule in RULES:
        lines += ["", f"### {rule.code} {rule.name}", *_page(rule)[1:]]
    return "\n".join(lines) + "\n"


def case_tree(case: Invalid | Valid | str) -> SourceTree:
    """The port that a rule's case stands for."""
    source, lock = (case, None) if isinstance(case, str) else (case.source, case.lock)
    file = SourceFile("port.py", "port", clean(source))
    entry = Entry("port", "MyModel", "pyproject.toml", _PYPROJECT, Range(2, 8, 2, 22))
    return SourceTree((file,), entry, Lock("lucid.lock", lock) if lock else None)


def clean(source: str) -> str:
    """A case's source without its indentation as a block."""
    return textwrap.dedent(source).strip("\n")


def finding(rule: Rule, case: Invalid) -> Diagnostic:
    """What the rule says of one of its cases."""
    return next(found for found in check(case_tree(case)) if found.code == rule.code)


def _page(rule: Rule) -> list[str]:
    first = rule.invalid[0]
    lines = [f"{rule.code} {rule.name}", "", f"> {finding(rule, first).message}", "", rule.why]
    lines += ["", "Wrong:", "", *_code(first.source)]
    if first.lock:
        lines += ["", f"where `lucid.lock` says `{json.dumps(first.lock)}`"]
    if first.fix:
        old, new = first.fix
        how = "--fix" if _is_safe(rule, first) else "--fix --unsafe-fixes"
        lines += ["", f"`{how}` writes:", "", *_code(clean(first.source).replace(old, new))]
    right = rule.valid[0].source if isinstance(rule.valid[0], Valid) else rule.valid[0]
    if right:
        lines += ["", "Right:", "", *_code(right)]
    return lines


def _code(source: str) -> Iterable[str]:
    return ("```python", *clean(source).splitlines(), "```")


def _is_safe(rule: Rule, case: Invalid) -> bool:
    fix = finding(rule, case).fix
    return fix is not None and fix.is_safe


def _fixability(rule: Rule) -> str:
    kinds = sorted(set(_kinds(rule)), key=["safe", "unsafe"].index)
    return ", ".join(kinds)


def _kinds(rule: Rule) -> Iterator[str]:
    for case in rule.invalid:
        if case.fix:
            yield "safe" if _is_safe(rule, case) else "unsafe"
