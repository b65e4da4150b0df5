"""``lucid check`` as a command: targets, formats, exit codes."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from lucid.cli import app
from lucid.errors import TargetError
from tests.check.example import EXAMPLE
from tests.check.test_port import PYPROJECT, write

BROKEN = EXAMPLE.replace("prompt: str)", "prompt)")


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["check", *arguments])


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def make_port(folder: Path, source: str) -> None:
    write(folder, {"pyproject.toml": PYPROJECT, "world/port.py": source})


@pytest.mark.parametrize("target", [["w"], []])
def test_a_clean_port_says_so_and_exits_0(folder: Path, target: list[str]) -> None:
    make_port(folder / "w", EXAMPLE)
    result = run(*target)
    assert result.exit_code == 0
    assert result.stdout == ""
    assert result.stderr == "No findings: 1 file checked\n"


def test_findings_go_to_stdout_and_exit_1(folder: Path) -> None:
    make_port(folder / "w", BROKEN)
    result = run("w")
    assert result.exit_code == 1
    assert result.stdout.startswith("LUC103 parameter `prompt` of the input `set_prompt`")
    assert f"--> {Path('w', 'world', 'port.py')}:15:26" in result.stdout
    assert "\x1b" not in result.stdout
    assert result.stderr == ("1 finding in 1 file\nCan be fixed: 1 with --fix --unsafe-fixes\n")


def test_an_open_question_is_told_and_fails_only_who_asks_for_it(folder: Path) -> None:
    make_port(folder / "w", EXAMPLE + "# TODO(lucid): how many frames a step?\n")
    result = run("w", "--format", "concise")
    assert result.exit_code == 0
    assert "LUC901 the scaffold left this open: how many frames a step?" in result.stdout
    assert result.stderr == "No findings: 1 file checked; 1 question left open\n"
    assert run("w", "--select", "LUC901").exit_code == 1


@pytest.mark.parametrize("target", ["world:MyModel", "world.py"])
def test_a_module_or_a_file_can_be_named(folder: Path, target: str) -> None:
    write(folder, {"world.py": BROKEN})
    result = run(target, "--format", "concise")
    assert result.exit_code == 1
    assert result.stdout.startswith("world.py:15:26: LUC103 ")


def test_a_finding_in_pyproject_is_shown_in_its_code(folder: Path) -> None:
    make_port(folder, EXAMPLE.replace("MyModel", "MyWorld"))
    assert '5 | port = "world.port:MyModel"\n  |        ^^^^' in run().stdout


@pytest.mark.parametrize("arguments", [["--json"], ["--format", "json"]])
def test_json_is_a_list_of_objects(folder: Path, arguments: list[str]) -> None:
    make_port(folder, BROKEN)
    result = run(*arguments)
    (found,) = json.loads(result.stdout)
    assert result.exit_code == 1
    assert found["code"] == "LUC103"
    assert (found["path"], found["line"]) == (str(Path("world", "port.py")), 15)


def test_json_of_a_clean_port_is_an_empty_list(folder: Path) -> None:
    make_port(folder, EXAMPLE)
    assert json.loads(run("--json").stdout) == []


@pytest.mark.parametrize("target", [[], ["."], ["missing"], ["missing.py"], ["missing:Model"]])
def test_a_target_without_a_port_is_a_mistake_of_usage(target: list[str]) -> None:
    error = run(*target).exception
    assert isinstance(error, TargetError)
    assert error.exit_code == 2
    assert error.hint


def test_a_path_outside_the_current_folder_is_shown_whole(folder: Path) -> None:
    make_port(folder / "w", BROKEN)
    (folder / "here").mkdir()
    os.chdir(folder / "here")
    assert run(str(folder / "w"), "--format", "concise").stdout.startswith(
        f"{folder / 'w' / 'world' / 'port.py'}:15:26: "
    )


def test_a_check_imports_nothing_of_the_runtime(folder: Path) -> None:
    make_port(folder, EXAMPLE)
    code = (
        "import sys, pathlib, lucid._target as t, lucid.check.engine as e\n"
        "assert e.check_port(t.find_port('.', pathlib.Path.cwd())) == []\n"
        "print([m for m in sys.modules if m.startswith(('lucid.runtime', 'lucid.server', 'world'))"
        " or m in ('torch', 'aiortc', 'jinja2', 'huggingface_hub', 'typer', 'pydantic', 'numpy')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


@pytest.mark.parametrize("flag", ["-h", "--help"])
def test_the_help_looks_like_that_of_the_other_commands(flag: str) -> None:
    mine, other = run(flag), CliRunner().invoke(app, ["bench", "--help"])
    assert mine.exit_code == 0
    for words in ("Usage: ", "\u256d\u2500 Arguments ", "\u256d\u2500 Options ", "--json"):
        assert words in mine.stdout
        assert words in other.stdout
        assert not re.search(r"<\w", mine.stdout + other.stdout)  # no Python types
    for option in ("--unsafe-fixes", "--add-noqa", "With the port running", "--conformance"):
        assert option in mine.stdout


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["--weights", "w"], "w is a port, not a folder of weights"),
        (["w", "--weights", "nowhere"], "nowhere is not a folder"),
        (["w", "--profile", "full"], "--profile needs --conformance, which plays the port"),
        (["w", "--weights", "--wire"], "--wire needs --conformance, which plays the port"),
    ],
)
def test_options_that_do_not_go_with_weights_are_refused(
    folder: Path, arguments: list[str], problem: str
) -> None:
    make_port(folder / "w", EXAMPLE)
    error = run(*arguments).exception
    assert isinstance(error, TargetError)
    assert problem in error.message
