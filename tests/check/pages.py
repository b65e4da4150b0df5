"""docs/rules.md, of which ``lucid rule`` prints a part: `python -m tests.check.pages` writes it."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

from lucid.check.diagnostics import Diagnostic, Range
from lucid.check.engine import check
from lucid.check.project import Project
from lucid.check.rule import Rule
from lucid.check.rules import RULES
from lucid.check.sources import Entry, Lock, SourceFile, SourceTree
from tests.check.case import Invalid, Valid

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "rules.md"
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


def valid(rule: Rule) -> tuple[str | Valid, ...]:
    """The modules that a rule must leave alone."""
    found: tuple[str | Valid, ...] = _cases(rule).VALID
    return found


def invalid(rule: Rule) -> tuple[Invalid, ...]:
    """The modules that a rule must find one fault in."""
    found: tuple[Invalid, ...] = _cases(rule).INVALID
    return found


def _cases(rule: Rule) -> Any:
    stem = f"{rule.code.lower()}_{rule.name.replace('-', '_')}"
    return import_module(f"tests.check.cases.{stem}")


def document() -> str:
    """All rules in Markdown, by group."""
    lines = [
        "# The rules of `lucid check`",
        "",
        "`lucid rule LUC106` prints one of these rules. `python -m tests.check.pages` writes this "
        "page from the rules.",
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
    given = Valid(case) if isinstance(case, str) else case
    file = SourceFile("port.py", "port", clean(given.source))
    entry = Entry("port", "MyModel", "pyproject.toml", _PYPROJECT, Range(2, 8, 2, 22))
    lock = Lock("lucid.lock", given.lock) if given.lock else None
    return SourceTree((file,), entry, lock, given.project)


def clean(source: str) -> str:
    """A case's source without its indentation as a block."""
    return textwrap.dedent(source).strip("\n")


def finding(rule: Rule, case: Invalid) -> Diagnostic:
    """What the rule says of one of its cases."""
    return next(found for found in check(case_tree(case)) if found.code == rule.code)


def _page(rule: Rule) -> list[str]:
    first = invalid(rule)[0]
    lines = [f"{rule.code} {rule.name}", "", f"> {finding(rule, first).message}", "", rule.why]
    lines += ["", "Wrong:", "", *_code(first.source)]
    if first.lock:
        lines += ["", f"if `lucid.lock` says `{json.dumps(first.lock)}`"]
    if first.project:
        lines += ["", *_surroundings(first.project)]
    if first.fix:
        old, new = first.fix
        how = "--fix" if _is_safe(rule, first) else "--fix --unsafe-fixes"
        lines += ["", f"`{how}` writes:", "", *_code(clean(first.source).replace(old, new))]
    first_right = valid(rule)[0]
    right = first_right.source if isinstance(first_right, Valid) else first_right
    if right:
        lines += ["", "Right:", "", *_code(right)]
    return lines


def _surroundings(project: Project) -> Iterator[str]:
    """What a case says about the project around its module."""
    if project.requirements is not None:
        required = ", ".join(f"`{name}`" for name in project.requirements) or "nothing"
        yield f"if pyproject.toml requires {required}"
    if project.upstream_modules:
        yield f"and the upstream code has the module `{project.upstream_modules[0]}`"


def _code(source: str) -> Iterable[str]:
    return ("```python", *clean(source).splitlines(), "```")


def _is_safe(rule: Rule, case: Invalid) -> bool:
    fix = finding(rule, case).fix
    return fix is not None and fix.is_safe


def _fixability(rule: Rule) -> str:
    kinds = sorted(set(_kinds(rule)), key=["safe", "unsafe"].index)
    return ", ".join(kinds)


def _kinds(rule: Rule) -> Iterator[str]:
    for case in invalid(rule):
        if case.fix:
            yield "safe" if _is_safe(rule, case) else "unsafe"


if __name__ == "__main__":
    DOCUMENT.write_text(document(), "utf-8")
