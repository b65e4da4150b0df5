"""docs/rules.md and ``lucid rule``: written from the rules."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from lucid.check.rules import RULES
from lucid.cli import app
from lucid.errors import TargetError
from tests.check.pages import DOCUMENT, GROUPS, document


def test_the_document_is_what_the_rules_say() -> None:
    assert DOCUMENT.read_text("utf-8") == document(), "run python -m tests.check.pages"


def test_every_rule_belongs_to_a_group() -> None:
    assert {rule.code[:4] for rule in RULES} == set(GROUPS)


@pytest.mark.parametrize("name", ["LUC106", "luc106", "binding-signature"])
def test_a_rule_is_explained_by_code_or_name(name: str) -> None:
    result = CliRunner().invoke(app, ["rule", name])
    assert result.exit_code == 0
    assert result.stdout.startswith("LUC106 binding-signature\n\n> `forward` is declared (self)")
    assert "`--fix --unsafe-fixes` writes:" in result.stdout
    assert "A gesture sends fixed arguments" in result.stdout


def test_without_a_code_all_rules_are_listed() -> None:
    lines = CliRunner().invoke(app, ["rule"]).stdout.splitlines()
    assert lines == [f"{rule.code}  {rule.name}" for rule in RULES]


def test_json_holds_what_the_rules_say() -> None:
    (found,) = json.loads(CliRunner().invoke(app, ["rule", "LUC201", "--json"]).stdout)
    assert found["name"] == "no-outputs"
    assert set(found) == {"code", "name", "message", "why"}


def test_an_unknown_rule_is_a_mistake_of_usage() -> None:
    error = CliRunner().invoke(app, ["rule", "LUC777"]).exception
    assert isinstance(error, TargetError)
    assert error.exit_code == 2
