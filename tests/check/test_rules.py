"""Every rule's own cases."""

from __future__ import annotations

import textwrap

import pytest

from lucid.check.diagnostics import Range
from lucid.check.engine import check
from lucid.check.rule import Invalid, Rule
from lucid.check.rules import RULES
from lucid.check.sources import Entry, SourceFile, SourceTree

PYPROJECT = '[tool.lucid]\nport = "port:MyModel"\n'
ENTRY = Entry("port", "MyModel", "pyproject.toml", PYPROJECT, Range(2, 8, 2, 22))


def findings(rule: Rule, source: str) -> list[tuple[int, int]]:
    file = SourceFile("port.py", "port", textwrap.dedent(source).strip("\n"))
    found = check(SourceTree((file,), ENTRY))
    return [(d.line, d.column) for d in found if d.code == rule.code]


@pytest.mark.parametrize(
    ("rule", "source"), [(rule, source) for rule in RULES for source in rule.valid]
)
def test_a_valid_module_has_no_finding_of_the_rule(rule: Rule, source: str) -> None:
    assert findings(rule, source) == []


@pytest.mark.parametrize(
    ("rule", "case"), [(rule, case) for rule in RULES for case in rule.invalid]
)
def test_an_invalid_module_has_one_finding_in_its_place(rule: Rule, case: Invalid) -> None:
    assert findings(rule, case.source) == [(case.line, case.column)]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_a_rule_has_its_file_its_cases_and_one_sentence(rule: Rule) -> None:
    file = f"lucid.check.rules.{rule.code.lower()}_{rule.name.replace('-', '_')}"
    assert rule.check.__module__ == file
    assert rule.valid and rule.invalid and rule.why.endswith(".")
    assert not rule.message.endswith(".")


def test_codes_are_unique_and_in_order() -> None:
    codes = [rule.code for rule in RULES]
    assert codes == sorted(set(codes))
