"""Every rule's own cases."""

from __future__ import annotations

import ast
from dataclasses import replace

import pytest

from lucid.check.diagnostics import Diagnostic
from lucid.check.engine import check
from lucid.check.fixes import apply_edits
from lucid.check.rule import Rule
from lucid.check.rules import RULES
from tests.check.case import Invalid, Valid
from tests.check.pages import case_tree, clean, invalid, valid


def found(rule: Rule, case: Invalid | Valid | str) -> list[Diagnostic]:
    return [diagnostic for diagnostic in check(case_tree(case)) if diagnostic.code == rule.code]


@pytest.mark.parametrize(("rule", "case"), [(rule, case) for rule in RULES for case in valid(rule)])
def test_a_valid_module_has_no_finding_of_the_rule(rule: Rule, case: str | Valid) -> None:
    assert found(rule, case) == []


@pytest.mark.parametrize(
    ("rule", "case"), [(rule, case) for rule in RULES for case in invalid(rule)]
)
def test_an_invalid_module_has_one_finding_in_its_place_and_its_fix_is_clean(
    rule: Rule, case: Invalid
) -> None:
    (diagnostic,) = found(rule, case)
    assert (diagnostic.line, diagnostic.column) == (case.line, case.column)
    assert (diagnostic.fix is None) == (case.fix is None)
    if diagnostic.fix and case.fix:
        source, (old, new) = clean(case.source), case.fix
        assert source.count(old) == 1
        repaired = apply_edits(source, diagnostic.fix.edits)
        assert repaired == source.replace(old, new)
        ast.parse(repaired)
        assert found(rule, replace(case, source=repaired)) == []


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_a_rule_has_its_cases_and_one_sentence(rule: Rule) -> None:
    assert valid(rule)
    assert invalid(rule)
    assert rule.why.endswith(".")
    assert not rule.message.endswith(".")


def test_codes_are_unique_and_in_order() -> None:
    codes = [rule.code for rule in RULES]
    assert codes == sorted(set(codes))
