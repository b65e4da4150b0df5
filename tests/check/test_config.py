"""Which rules look: ``--select``, ``--ignore`` and ``[tool.lucid.check]``."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from lucid.cli import app
from lucid.errors import TargetError
from tests.check.example import EXAMPLE
from tests.check.test_port import PYPROJECT, write

BROKEN = EXAMPLE.replace("prompt: str)", "prompt)").replace('("KeyW",)', "('w',)")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    write(tmp_path, {"pyproject.toml": PYPROJECT, "world/port.py": BROKEN})
    return tmp_path


def configure(folder: Path, table: str) -> None:
    (folder / "pyproject.toml").write_text(f"{PYPROJECT}\n[tool.lucid.check]\n{table}\n", "utf-8")


def codes(*arguments: str) -> list[str]:
    result = CliRunner().invoke(app, ["check", "--format", "concise", *arguments])
    assert result.exit_code == (1 if result.stdout else 0)
    return [line.split()[1] for line in result.stdout.splitlines()]


@pytest.mark.parametrize(
    ("arguments", "found"),
    [
        ([], ["LUC103", "LUC109"]),
        (["--select", "LUC109"], ["LUC109"]),
        (["--select", "LUC1"], ["LUC103", "LUC109"]),
        (["--select", "LUC2,LUC103"], ["LUC103"]),
        (["--ignore", "LUC103"], ["LUC109"]),
        (["--select", "LUC1", "--ignore", "LUC10"], []),
    ],
)
def test_codes_and_their_beginnings_are_selected(arguments: list[str], found: list[str]) -> None:
    assert codes(*arguments) == found


def test_the_table_says_what_the_command_line_leaves_open(folder: Path) -> None:
    configure(folder, 'select = ["LUC1"]\nignore = ["LUC103"]')
    assert codes() == ["LUC109"]
    assert codes("--select", "LUC103,LUC109") == ["LUC109"]
    assert codes("--ignore", "LUC109") == []


def test_a_noqa_of_a_rule_that_does_not_look_is_not_unused(folder: Path) -> None:
    source = f"{EXAMPLE}X = 1  # lucid: noqa[LUC109] later\n"
    (folder / "world" / "port.py").write_text(source, "utf-8")
    assert codes() == ["LUC005"]
    assert codes("--ignore", "LUC109") == []
    assert codes("--ignore", "LUC005") == []


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ('select = "LUC1"', "select must be a list of codes, got 'LUC1'"),
        ("ignore = [1]", "ignore must be a list of codes, got [1]"),
        ('selct = ["LUC1"]', "may contain only select and ignore"),
        ('ignore = ["E501"]', "no rule's code is or begins with 'E501'"),
        ('ignore = [""]', "ignore must be a list of codes"),
    ],
)
def test_a_table_that_is_written_wrongly_is_said(folder: Path, table: str, words: str) -> None:
    configure(folder, table)
    error = CliRunner().invoke(app, ["check"]).exception
    assert isinstance(error, TargetError)
    assert "[tool.lucid.check]" in error.message
    assert words in error.message
    assert error.hint


@pytest.mark.parametrize("option", ["--select", "--ignore"])
def test_an_unknown_code_on_the_command_line_is_said(option: str) -> None:
    error = CliRunner().invoke(app, ["check", option, "LUC77"]).exception
    assert isinstance(error, TargetError)
    assert error.message == f"{option}: no rule's code is or begins with 'LUC77'"


def test_a_wrong_option_is_a_mistake_of_usage() -> None:
    result = CliRunner().invoke(app, ["check", "--formt", "json"])
    assert result.exit_code == 2
    assert "unrecognized arguments: --formt" in result.stderr


def test_the_help_names_every_option() -> None:
    result = CliRunner().invoke(app, ["check", "--help"])
    assert result.exit_code == 0
    for option in ("--fix", "--unsafe-fixes", "--diff", "--select", "--ignore", "--add-noqa",
                   "--watch", "--format", "--json"):  # fmt: skip
        assert option in result.stdout
